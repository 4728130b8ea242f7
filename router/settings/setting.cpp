#include "router/settings/setting.hpp"

#include "common/base/utf8.hpp"

#include <string_view>

namespace weft::settings {
namespace {

bool is_text(std::string_view text, std::size_t min, std::size_t max) {
    return text.size() >= min && text.size() <= max && is_utf8(text);
}

std::string must_be_text(std::string_view what, std::size_t min, std::size_t max) {
    return "a setting's " + std::string(what) + " must be UTF-8 text of " + std::to_string(min) +
           " to " + std::to_string(max) + " bytes";
}

}  // namespace

std::string fault_of(const Setting& setting) {
    if (!is_text(setting.key, 1, kSettingKeyMax)) {
        return must_be_text("key", 1, kSettingKeyMax);
    }
    if (!is_text(setting.value, 0, kSettingValueMax)) {
        return must_be_text("value", 0, kSettingValueMax);
    }
    if (!is_text(setting.origin, 1, kSettingOriginMax)) {
        return must_be_text("origin", 1, kSettingOriginMax);
    }
    if (setting.version < 1 || setting.version > kSettingVersionMax) {
        return "a setting's version must be from 1 to 2^53";
    }
    return {};
}

std::string said_by(const Setting& setting) {
    return "(" + setting.origin + ", version " + std::to_string(setting.version) + ")";
}

}  // namespace weft::settings
