#include "router/settings/setting_message.hpp"

#include "common/base/conditions.hpp"
#include "common/base/utf8.hpp"
#include "common/wire/message.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace weft::settings {
namespace {

using wire::Value;

constexpr std::string_view kOpcode = "WEFT-SETTINGS";
constexpr std::array<std::string_view, 4> kKinds = {"digest", "range", "answer", "news"};
constexpr std::size_t kFields = 5;  // of a setting

wire::List as_list(const Setting& setting) {
    return {setting.key, setting.value, setting.version, setting.origin, setting.from_file};
}

Result<Setting> setting_of(const Value& value) {
    const auto* fields = value.as<wire::List>();
    const bool is_whole = fields != nullptr && fields->size() >= kFields;
    const std::string* key = is_whole ? (*fields)[0].text() : nullptr;
    const std::string* text = is_whole ? (*fields)[1].text() : nullptr;
    const auto version = is_whole ? (*fields)[2].integer() : std::nullopt;
    const std::string* origin = is_whole ? (*fields)[3].text() : nullptr;
    const bool* from_file = is_whole ? (*fields)[4].as<bool>() : nullptr;
    if (key == nullptr || text == nullptr || !version || origin == nullptr ||
        from_file == nullptr) {
        return fail(kInvalidField,
                    "a setting must be a list of key, value, version, origin, from_file");
    }
    Setting setting{.key = *key,
                    .value = *text,
                    .version = *version,
                    .origin = *origin,
                    .from_file = *from_file};
    if (std::string fault = fault_of(setting); !fault.empty()) {
        return fail(kInvalidField, std::move(fault));
    }
    return setting;
}

Result<std::vector<Setting>> settings_of(const wire::Map& body) {
    const Value* value = wire::find(body, "settings");
    const auto* list = value == nullptr ? nullptr : value->as<wire::List>();
    if (list == nullptr || list->size() > kSettingsOfMessageMax) {
        return fail(kInvalidField, "'settings' must be a list of at most " +
                                       std::to_string(kSettingsOfMessageMax));
    }
    std::vector<Setting> settings;
    settings.reserve(list->size());
    for (const Value& element : *list) {
        WEFT_TRY(Setting setting, setting_of(element));
        settings.push_back(std::move(setting));
    }
    return settings;
}

Result<std::string> key_of(const wire::Map& body, std::string_view field) {
    const Value* value = wire::find(body, field);
    if (value == nullptr) {
        return {};
    }
    const std::string* text = value->text();
    if (text == nullptr || text->size() > kSettingKeyMax || !is_utf8(*text)) {
        return fail(kInvalidField, "'" + std::string(field) + "' must be UTF-8 text of at most " +
                                       std::to_string(kSettingKeyMax) + " bytes");
    }
    return *text;
}

Result<SettingDigest> digest_of(const wire::Map& body) {
    const Value* count = wire::find(body, "count");
    const Value* sum = wire::find(body, "sum");
    const std::int64_t counted = count == nullptr ? -1 : count->integer().value_or(-1);
    const auto* summed = sum == nullptr ? nullptr : sum->as<std::uint64_t>();
    if (counted < 0 || summed == nullptr) {
        return fail(kInvalidField, "a digest needs 'count' and 'sum'");
    }
    return SettingDigest{.count = static_cast<std::uint64_t>(counted), .sum = *summed};
}

bool has_keys(SettingMessage::Kind kind) {
    return kind == SettingMessage::Kind::range || kind == SettingMessage::Kind::answer;
}

bool has_opcode(const wire::Map& properties) {
    const Value* opcode = wire::find(properties, "opcode");
    const std::string* text = opcode == nullptr ? nullptr : opcode->text();
    return text != nullptr && *text == kOpcode;
}

}  // namespace

std::size_t bytes_of(const Setting& setting) {
    return setting.key.size() + setting.value.size() + setting.origin.size() + 32;
}

void write_setting_message(Buffer& out, const SettingMessage& message) {
    wire::Map body{{"kind", kKinds[static_cast<std::size_t>(message.kind)]}};
    if (message.kind == SettingMessage::Kind::digest) {
        body.emplace_back("count", static_cast<std::int64_t>(message.digest.count));
        body.emplace_back("sum", message.digest.sum);
    } else {
        wire::List settings;
        settings.reserve(message.settings.size());
        std::ranges::transform(message.settings, std::back_inserter(settings), as_list);
        if (has_keys(message.kind)) {
            body.emplace_back("after", message.after);
            body.emplace_back("until", message.until);
        }
        body.emplace_back("settings", std::move(settings));
    }
    wire::Message content;
    content.application_properties = {{"opcode", kOpcode}};
    content.body = Value{std::move(body)};
    wire::encode_message(out, content);
}

Result<SettingMessage> read_setting_message(Bytes content) {
    if (content.size() > kSettingMessageMax) {
        return fail(kInvalidField, "a message between Weft routers has at most " +
                                       std::to_string(kSettingMessageMax) + " bytes");
    }
    WEFT_TRY(const wire::Message whole, wire::decode_message(content));
    const auto* value = std::get_if<Value>(&whole.body);
    const auto* body = value == nullptr ? nullptr : value->as<wire::Map>();
    const Value* kind = body == nullptr ? nullptr : wire::find(*body, "kind");
    const std::string* name = kind == nullptr ? nullptr : kind->text();
    const auto* const known =
        name == nullptr ? kKinds.end() : std::ranges::find(kKinds, std::string_view(*name));
    if (!has_opcode(whole.application_properties) || known == kKinds.end()) {
        return fail(kNotImplemented, "a message between Weft routers of an unknown kind");
    }
    SettingMessage message;
    message.kind = static_cast<SettingMessage::Kind>(known - kKinds.begin());
    if (message.kind == SettingMessage::Kind::digest) {
        WEFT_TRY(message.digest, digest_of(*body));
        return message;
    }
    if (has_keys(message.kind)) {
        WEFT_TRY(message.after, key_of(*body, "after"));
        WEFT_TRY(message.until, key_of(*body, "until"));
    }
    WEFT_TRY(message.settings, settings_of(*body));
    return message;
}

}  // namespace weft::settings
