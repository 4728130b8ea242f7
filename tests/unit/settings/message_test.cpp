#include "common/wire/message.hpp"

#include "tests/unit/settings/world.hpp"

#include <doctest/doctest.h>

using namespace weft;
using namespace weft::settings;
using wire::List;
using wire::Map;
using wire::Value;

namespace {

Buffer content(Value opcode, Value body) {
    wire::Message message;
    message.application_properties = {{"opcode", std::move(opcode)}};
    message.body = std::move(body);
    Buffer out;
    wire::encode_message(out, message);
    return out;
}

Error refused(Bytes bytes) {
    const auto message = read_setting_message(bytes);
    return message ? Error{} : message.error();
}

/// The text of the refusal, which must be that of a field.
std::string fault(const Map& body) {
    const Error error = refused(content("WEFT-SETTINGS", body));
    CHECK(error.condition == "amqp:invalid-field");
    return error.text;
}

std::string fault_of_setting(Value setting) {
    return fault({{"kind", "news"}, {"settings", List{std::move(setting)}}});
}

const List kGood = {"k", "v", 5, "B", true};

List with(std::size_t field, Value value) {
    List list = kGood;
    list[field] = std::move(value);
    return list;
}

}  // namespace

TEST_SUITE("setting messages") {
    TEST_CASE("what is written is read the same") {
        const std::vector<Setting> settings = {
            setting("k", "v", 1), setting("l", "", kSettingVersionMax, "Ä", /*from_file=*/true)};
        for (const SettingMessage& message :
             {SettingMessage{.kind = Kind::digest, .digest = {.count = 0, .sum = 0}},
              SettingMessage{.kind = Kind::digest,
              .digest = {.count = 20'000, .sum = ~std::uint64_t{0}}},
              SettingMessage{.kind = Kind::range, .after = "a", .until = "m", .settings = settings},
              SettingMessage{.kind = Kind::range},
              SettingMessage{
                  .kind = Kind::answer, .after = "a", .until = "l", .settings = settings},
              SettingMessage{.kind = Kind::news, .settings = settings}}) {
            CHECK(read_setting_message(written(message)) == Result<SettingMessage>{message});
        }
    }

    TEST_CASE("symbols, integers of any type and fields of the future are read as well") {
        const Map body = {
            {wire::Symbol{"kind"}, wire::Symbol{"news"}},
            {"future", List{1, 2}},
            {"settings", List{wire::Value{List{wire::Symbol{"k"}, "v", std::uint8_t{5}, "B", true,
                                               "of a later version"}}}}};
        CHECK(read_setting_message(content(wire::Symbol{"WEFT-SETTINGS"}, body)) ==
              Result<SettingMessage>{
                  {.kind = Kind::news, .settings = {setting("k", "v", 5, "B", true)}}});
    }

    TEST_CASE("a setting takes no more bytes than are counted for it") {
        const std::string origin(kSettingOriginMax, 'o');
        for (const std::size_t size :
             {std::size_t{1}, std::size_t{255}, std::size_t{256}, kSettingKeyMax}) {
            const Setting one = setting(std::string(size, 'k'), std::string(4 * size, 'v'),
                                        kSettingVersionMax, origin, /*from_file=*/true);
            SettingMessage message{.kind = Kind::news, .settings = {one}};
            const std::size_t before = written(message).size();
            message.settings.push_back(one);
            CHECK(written(message).size() - before <= bytes_of(one));
        }
    }

    TEST_CASE("the largest message that is sent is one that is taken") {
        const Setting big =
            setting(std::string(kSettingKeyMax, 'k'), std::string(kSettingValueMax, 'v'),
                    kSettingVersionMax, std::string(kSettingOriginMax, 'o'));
        SettingMessage message{.kind = Kind::answer,
                               .after = std::string(kSettingKeyMax, 'a'),
                               .until = std::string(kSettingKeyMax, 'u')};
        for (std::size_t bytes = 0; bytes < kSettingMessageBytes; bytes += bytes_of(big)) {
            message.settings.push_back(big);
        }
        CHECK(read_setting_message(written(message)).has_value());
        const Setting small = setting("k", "", 1, "o");
        CHECK(kSettingMessageBytes / bytes_of(small) < kSettingsOfMessageMax);
    }

    TEST_CASE("what is no message of this kind is refused as such") {
        const Error unknown{"amqp:not-implemented",
                            "a message between Weft routers of an unknown kind"};
        const Map digest = {{"kind", "digest"}, {"count", 1}, {"sum", std::uint64_t{2}}};
        CHECK(refused(content("WEFT-SETTINGS", digest)) == Error{});
        CHECK(refused(content("HELLO", digest)) == unknown);
        CHECK(refused(content(1, digest)) == unknown);
        CHECK(refused(content("WEFT-SETTINGS", Map{})) == unknown);
        CHECK(refused(content("WEFT-SETTINGS", List{})) == unknown);
        CHECK(refused(content("WEFT-SETTINGS", Map{{"kind", "gossip"}})) == unknown);
        CHECK(refused(content("WEFT-SETTINGS", Map{{"kind", 1}})) == unknown);
        CHECK(refused(as_bytes("\x01\x02")).condition == "amqp:decode-error");
        CHECK(
            refused(Buffer(kSettingMessageMax + 1)) ==
            Error{"amqp:invalid-field", "a message between Weft routers has at most 131072 bytes"});
    }

    TEST_CASE("a digest needs both its numbers") {
        const std::string text = "a digest needs 'count' and 'sum'";
        CHECK(fault({{"kind", "digest"}, {"count", 1}}) == text);
        CHECK(fault({{"kind", "digest"}, {"sum", std::uint64_t{1}}}) == text);
        CHECK(fault({{"kind", "digest"}, {"count", -1}, {"sum", std::uint64_t{1}}}) == text);
        CHECK(fault({{"kind", "digest"}, {"count", 1}, {"sum", "1"}}) == text);
    }

    TEST_CASE("a range must be one") {
        const std::string text = " must be UTF-8 text of at most 2048 bytes";
        for (const std::string kind : {"range", "answer"}) {
            CHECK(fault({{"kind", kind}, {"after", 1}}) == "'after'" + text);
            CHECK(fault({{"kind", kind}, {"after", "\xff"}}) == "'after'" + text);
            CHECK(fault({{"kind", kind}, {"until", std::string(2049, 'u')}}) == "'until'" + text);
        }
    }

    TEST_CASE("settings must be a list that is not too long") {
        const std::string text = "'settings' must be a list of at most 4096";
        CHECK(fault({{"kind", "news"}}) == text);
        CHECK(fault({{"kind", "news"}, {"settings", "k"}}) == text);
        CHECK(fault({{"kind", "news"}, {"settings", List(4097)}}) == text);
    }

    TEST_CASE("a setting of the wrong shape is refused") {
        const std::string text =
            "a setting must be a list of key, value, version, origin, from_file";
        CHECK(fault_of_setting("k") == text);
        CHECK(fault_of_setting(List{"k", "v", 5, "B"}) == text);
        for (std::size_t field = 0; field < kGood.size(); ++field) {
            CHECK(fault_of_setting(with(field, Map{})) == text);
        }
    }

    TEST_CASE("a setting beyond a limit is refused, and named is which") {
        CHECK(fault_of_setting(with(0, "")) ==
              "a setting's key must be UTF-8 text of 1 to 2048 bytes");
        CHECK(fault_of_setting(with(0, std::string(2049, 'k'))) ==
              "a setting's key must be UTF-8 text of 1 to 2048 bytes");
        CHECK(fault_of_setting(with(0, "\xc0\x80")) ==
              "a setting's key must be UTF-8 text of 1 to 2048 bytes");
        CHECK(fault_of_setting(with(1, std::string(8193, 'v'))) ==
              "a setting's value must be UTF-8 text of 0 to 8192 bytes");
        CHECK(fault_of_setting(with(2, 0)) == "a setting's version must be from 1 to 2^53");
        CHECK(fault_of_setting(with(2, kSettingVersionMax + 1)) ==
              "a setting's version must be from 1 to 2^53");
        CHECK(fault_of_setting(with(3, "")) ==
              "a setting's origin must be UTF-8 text of 1 to 255 bytes");
        CHECK(fault_of_setting(with(3, std::string(256, 'o'))) ==
              "a setting's origin must be UTF-8 text of 1 to 255 bytes");
    }
}
