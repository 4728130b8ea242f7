#include "common/base/conditions.hpp"
#include "common/base/text.hpp"
#include "common/io/log.hpp"

#include <algorithm>

namespace weft::io {

namespace {

constexpr std::array<std::string_view, kLevels> kLevelNames{"trace",   "debug", "info",    "notice",
                                                            "warning", "error", "critical"};
constexpr LevelSet kAllLevels = (1U << kLevels) - 1;

std::optional<std::size_t> level_position(std::string_view name) {
    const auto found = std::ranges::find_if(
        kLevelNames, [&](std::string_view each) { return same_but_case(each, name); });
    if (found == kLevelNames.end()) {
        return std::nullopt;
    }
    return static_cast<std::size_t>(found - kLevelNames.begin());
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kBlank = " \t";
    const auto first = text.find_first_not_of(kBlank);
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

LevelSet only(std::size_t level) {
    return static_cast<LevelSet>(1U << level);
}
LevelSet from(std::size_t level) {
    return static_cast<LevelSet>(kAllLevels << level) & kAllLevels;
}

Result<LevelSet> parse_word(std::string_view word) {
    const bool upwards = word.ends_with('+');
    const auto level = level_position(upwards ? word.substr(0, word.size() - 1) : word);
    if (!level) {
        return fail(
            kInvalidField,
            "'" + std::string{word.substr(0, 64)} +
                "' is no log level; use trace, debug, info, notice, warning, error or "
                "critical, each also with + for it and all above, or none or default alone");
    }
    return upwards ? from(*level) : only(*level);
}

}  // namespace

std::string_view name_of(Level level) {
    return kLevelNames[static_cast<std::size_t>(level)];
}

const NamedModule* find_module(std::span<const NamedModule> modules, std::string_view name) {
    const auto found = std::ranges::find_if(
        modules, [&](const NamedModule& each) { return same_but_case(each.name, name); });
    return found == modules.end() ? nullptr : &*found;
}

std::optional<Level> level_named(std::string_view name) {
    const auto position = level_position(name);
    return position ? std::optional{static_cast<Level>(*position)} : std::nullopt;
}

Result<std::optional<LevelSet>> parse_levels(std::string_view text) {
    if (same_but_case(trimmed(text), "default")) {
        return std::nullopt;
    }
    LevelSet levels = 0;
    if (same_but_case(trimmed(text), "none")) {
        return levels;
    }
    for (std::string_view rest = text;;) {
        const auto comma = rest.find(',');
        WEFT_TRY(const LevelSet more, parse_word(trimmed(rest.substr(0, comma))));
        levels |= more;
        if (comma == std::string_view::npos) {
            return levels;
        }
        rest.remove_prefix(comma + 1);
    }
}

std::string levels_text(std::optional<LevelSet> levels) {
    if (!levels) {
        return "default";
    }
    std::string text;
    for (std::size_t level = 0; level < kLevels; ++level) {
        if ((*levels & only(level)) == 0) {
            continue;
        }
        text += text.empty() ? "" : ",";
        text += kLevelNames[level];
        if ((*levels & from(level)) == from(level) && level + 1 < kLevels) {
            return text + "+";
        }
    }
    return text.empty() ? "none" : text;
}

}  // namespace weft::io
