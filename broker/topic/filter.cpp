#include "broker/topic/filter.hpp"

#include "common/base/conditions.hpp"
#include "common/base/printable.hpp"
#include "common/keys/key.hpp"
#include "common/keys/wildcard_shapes.hpp"

namespace weft::topic {
namespace {

constexpr std::string_view kOneWord = "*";

std::string in_quotes(std::string_view text) {
    return "\"" + printable(text) + "\"";
}

/// What is a wildcard in a text that is written so.
std::string_view wildcards_of(Levels levels) {
    switch (levels) {
        case Levels::one:
            return "+*#";
        case Levels::slashes:
            return "+#";
        case Levels::dots:
            return "*#";
    }
    return "";
}

char separator_of(Levels levels) {
    return levels == Levels::slashes ? '/' : '.';
}

/// With `what`: "a topic's name".
Result<void> check_size(std::string_view what, std::string_view text) {
    if (text.empty() || text.size() > kNameBytesMax) {
        return fail(kInvalidField, std::string{what} + " has 1 to " +
                                       std::to_string(kNameBytesMax) + " bytes, not " +
                                       std::to_string(text.size()));
    }
    const std::size_t levels = keys::count_words(text, separator_of(levels_of(text)));
    if (levels > kLevelsMax) {
        return fail(kInvalidField, std::string{what} + " has at most " +
                                       std::to_string(kLevelsMax) + " levels, not " +
                                       std::to_string(levels));
    }
    return {};
}

/// Levels that are a '#', and that stand before others.
std::size_t inner_manys(std::string_view text, Levels levels) {
    std::size_t count = 0;
    for (bool ended = false; !ended;) {
        const std::string_view level = keys::take_word(text, separator_of(levels), ended);
        count += !ended && level == keys::kManyWords ? 1U : 0U;
    }
    return count;
}

/// True if each wildcard is a level of its own.
bool wildcards_stand_alone(std::string_view text, Levels levels) {
    const char separator = separator_of(levels);
    for (bool ended = false; !ended;) {
        const std::string_view level = keys::take_word(text, separator, ended);
        if (level.size() > 1 &&
            level.find_first_of(wildcards_of(levels)) != std::string_view::npos) {
            return false;
        }
    }
    return true;
}

}  // namespace

Levels levels_of(std::string_view name) {
    if (name.find('/') != std::string_view::npos) {
        return Levels::slashes;
    }
    return name.find('.') != std::string_view::npos ? Levels::dots : Levels::one;
}

Result<Filter> read_filter(std::string_view text) {
    const Levels levels = levels_of(text);
    if (auto fits = check_size("a topic's name or filter", text); !fits) {
        return tl::unexpected(fits.error());
    }
    if (!wildcards_stand_alone(text, levels)) {
        const std::string_view example = levels == Levels::slashes ? "a/+/b" : "a.*.b";
        return fail(kInvalidField, "the filter " + in_quotes(text) +
                                       " has a wildcard within a level; write it alone, as in " +
                                       std::string{example});
    }
    if (levels == Levels::one) {
        return Filter{.text = std::string{text},
                      .levels = text == kOneWord ? Levels::dots : Levels::one};
    }
    auto key = keys::normal_key(
        levels == Levels::slashes ? keys::MatchMethod::mqtt : keys::MatchMethod::amqp, text);
    if (!key) {
        return fail(key.error().condition, "a topic's filter " + key.error().text);
    }
    if (inner_manys(*key, levels) > 1) {
        return fail(kInvalidField, "the filter " + in_quotes(text) +
                                       " has more than one '#' with levels behind it; one is as "
                                       "many as there may be");
    }
    // "#.#" is "#": all names that are written with '.', not all.
    return Filter{.text = *std::move(key), .levels = levels};
}

std::string written(const Filter& filter) {
    const bool all_dots = filter.levels == Levels::dots && filter.text == keys::kManyWords;
    return all_dots ? "#.#" : filter.text;
}

bool floats(const Filter& filter) {
    return inner_manys(filter.text, filter.levels) > 0;
}

std::string shape_of(const Filter& filter) {
    const bool dots = filter.levels == Levels::dots;
    return keys::WildcardShapes::of(dots ? keys::MatchMethod::amqp : keys::MatchMethod::mqtt,
                                    filter.text);
}

bool is_name(const Filter& filter) {
    return filter.text.find_first_of(wildcards_of(filter.levels)) == std::string::npos;
}

Result<void> check_name(std::string_view name) {
    if (auto fits = check_size("a topic's name", name); !fits) {
        return fits;
    }
    if (name.find_first_of(wildcards_of(levels_of(name))) != std::string_view::npos) {
        return fail(kInvalidField, "messages can't be sent to " + in_quotes(name) +
                                       ", a filter with wildcards; name one topic");
    }
    return {};
}

}  // namespace weft::topic
