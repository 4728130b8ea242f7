#include "mqtt-gateway/mapping/declared.hpp"

#include "common/base/conditions.hpp"
#include "mqtt-gateway/codec/topic.hpp"

#include <algorithm>

namespace weft::mqtt_mapping {
namespace {

constexpr std::string_view kOne = "+";
constexpr std::string_view kMany = keys::kManyWords;

tl::unexpected<Error> no_pattern(std::string why) {
    return fail(kInvalidField, std::move(why));
}

Result<Pattern::Level> read_level(std::string_view path, Separator separator) {
    if (path == kOne || path == "*") {
        return Pattern::Level{.path = std::string{path}, .wild = true};
    }
    Pattern::Level level{.path = std::string{path}};
    append_topic(level.topic, path, separator);
    if (path.find_first_of("+#") != std::string_view::npos) {
        return no_pattern("has a wildcard within a level: write it alone, as in a/+/b or a/#");
    }
    if (level.topic.find('/') != std::string::npos) {
        return no_pattern("has '/' within a level, for levels end at '.' here");
    }
    if (const mqtt::TextFault fault = mqtt::text_fault(level.topic)) {
        return no_pattern(std::string{fault.what});
    }
    return level;
}

}  // namespace

Levels levels_of(std::string_view topic) {
    Levels levels;
    for (bool ended = false; !ended;) {
        levels.push_back(keys::take_word(topic, '/', ended));
    }
    return levels;
}

bool has_wildcard(const Levels& filter) noexcept {
    return std::ranges::any_of(
        filter, [](std::string_view level) { return level == kOne || level == kMany; });
}

bool overlap(const Levels& one, const Levels& other) noexcept {
    for (std::size_t i = 0;; ++i) {
        const bool one_ends = i == one.size();
        const bool other_ends = i == other.size();
        if (one_ends && other_ends) {
            return true;
        }
        if ((!one_ends && one[i] == kMany) || (!other_ends && other[i] == kMany)) {
            return true;
        }
        if (one_ends || other_ends) {
            return false;
        }
        if (one[i] != kOne && other[i] != kOne && one[i] != other[i]) {
            return false;
        }
    }
}

bool Pattern::literal() const noexcept {
    return !open && std::ranges::none_of(levels, &Level::wild);
}

std::string Pattern::key(bool below) const {
    std::string key;
    for (const Level& level : levels) {
        key.append(level.wild ? kOne : level.topic).append("/");
    }
    if (open || below) {
        return key.append(kMany);
    }
    key.pop_back();
    return key;
}

Result<Pattern> read_pattern(std::string_view text, Separator separator) {
    Pattern pattern;
    if (text.empty() || text.size() > kFilterBytesMax) {
        return no_pattern("has 1 to " + std::to_string(kFilterBytesMax) + " bytes, not " +
                          std::to_string(text.size()));
    }
    if (text.starts_with('$')) {
        return no_pattern("begins with '$', which is no name for devices");
    }
    for (bool ended = false; !ended;) {
        const std::string_view path = keys::take_word(text, character(separator), ended);
        if (path == kMany && ended) {
            pattern.open = true;
            break;
        }
        WEFT_TRY(Pattern::Level level, read_level(path, separator));
        pattern.levels.push_back(std::move(level));
    }
    if (pattern.levels.size() >= kFilterLevelsMax) {
        return no_pattern("has " + std::to_string(kFilterLevelsMax) + " levels or more");
    }
    return pattern;
}

bool goes_before(const Pattern& one, const Pattern& other, std::size_t size) noexcept {
    if (one.levels.size() != other.levels.size()) {
        return one.levels.size() > other.levels.size();
    }
    for (std::size_t i = 0; i < one.levels.size(); ++i) {
        if (one.levels[i].wild != other.levels[i].wild) {
            return !one.levels[i].wild;
        }
    }
    const bool exact = size == one.levels.size();
    return one.open != other.open && one.open != exact;
}

bool is_narrower(const Pattern& one, const Pattern& other) noexcept {
    if (one.levels.size() != other.levels.size()) {
        return one.levels.size() > other.levels.size();
    }
    for (std::size_t i = 0; i < one.levels.size(); ++i) {
        if (one.levels[i].wild != other.levels[i].wild) {
            return !one.levels[i].wild;
        }
    }
    return false;
}

}  // namespace weft::mqtt_mapping
