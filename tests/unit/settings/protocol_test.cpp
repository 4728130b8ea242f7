// docs/protocol.md shows each message as text and as bytes: both must be what the code does.
#include "tests/unit/settings/world.hpp"
#include "tests/unit/wire/protocol_page.hpp"

#include <doctest/doctest.h>

using namespace weft;
using namespace weft::settings;

namespace {

/// What the page tells of, in its order.
std::vector<SettingMessage> messages_of_the_page() {
    SettingTable table;
    table.merge(setting("orders", R"({"distribution":"balanced"})", 7, "A", /*from_file=*/true));
    table.merge(setting("news.#", "", 8, "B"));
    const Setting orders = *table.find("orders");
    const Setting news = *table.find("news.#");
    return {
        {.kind = Kind::digest, .digest = table.digest()},
        {.kind = Kind::range, .after = "", .until = "orders", .settings = {orders}},
        {.kind = Kind::answer, .after = "", .until = "orders", .settings = {news}},
        {.kind = Kind::news, .settings = {news}},
    };
}

}  // namespace

TEST_SUITE("docs/protocol.md") {
    TEST_CASE("each example of the settings is read as it says, and written as it shows") {
        const auto page = wire::examples(WEFT_SOURCE_DIR, "## Settings of the mesh");
        const auto messages = messages_of_the_page();
        REQUIRE(page.size() == messages.size());
        for (std::size_t i = 0; i < page.size(); ++i) {
            CAPTURE(i);
            CHECK(wire::as_shown(page[i].bytes) == page[i].shown);
            CHECK(read_setting_message(page[i].bytes) == Result<SettingMessage>{messages[i]});
            const std::string content = wire::shown(written(messages[i]));
            CHECK(wire::shown(page[i].bytes).ends_with(content));  // behind the envelope
        }
    }
}
