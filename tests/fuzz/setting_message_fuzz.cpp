// A message between Weft routers from any bytes: what was read and is written, is read the same
// again; and a machine that gets it keeps to its limits.
#include "common/base/assert.hpp"
#include "router/settings/mesh_settings.hpp"

namespace {

using namespace weft;
using namespace weft::settings;

class Reader final : public MeshSettingsOutput {
public:
    bool send(std::string_view /*router*/, Bytes content) override {
        WEFT_CHECK(content.size() <= kSettingMessageMax);
        WEFT_CHECK(read_setting_message(content).has_value());
        return true;
    }
    void on_setting(const Setting& setting) override { WEFT_CHECK(fault_of(setting).empty()); }
    void on_forgotten(std::string_view /*key*/) override {}
    void on_refused(std::string_view /*router*/, const std::string& why) override {
        WEFT_CHECK(!why.empty());
    }
};

void write_again(const SettingMessage& message) {
    Buffer once;
    write_setting_message(once, message);
    const auto again = read_setting_message(once);
    if (!again) {
        WEFT_CHECK(once.size() > kSettingMessageMax);
        return;
    }
    WEFT_CHECK(*again == message);
}

/// Twice: the second time with a walk under way, and with what the first one said known.
void hear(Bytes input) {
    Reader reader;
    MeshSettings machine("A", reader);
    machine.declare({{"orders", "v"}, {"news.#", "w"}});
    const Instant start{std::chrono::hours(1)};
    machine.peer_up("B", start);
    machine.peer_up("C", start);
    machine.receive("B", input, start);
    machine.tick(start + MeshSettings::kDigestGap);
    machine.receive("B", input, start + MeshSettings::kDigestGap);
    machine.receive("X", input, start + MeshSettings::kDigestGap);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Bytes input(data, size);
    if (const auto message = read_setting_message(input)) {
        write_again(*message);
    }
    hear(input);
    return 0;
}
