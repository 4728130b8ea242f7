#include "broker/topic/filter.hpp"

#include "common/base/conditions.hpp"
#include "common/base/printable.hpp"
#include "common/keys/key.hpp"

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

/// True if each wildcard is a level of its own.
bool wildcards_stand_alone(std::string_view text, Levels levels) {
    const char separator = levels == Levels::slashes ? '/' : '.';
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
    if (text.empty() || text.size() > kNameBytesMax) {
        return fail(kInvalidField, "a topic's name or filter has 1 to " +
                                       std::to_string(kNameBytesMax) + " bytes, not " +
                                       std::to_string(text.size()));
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
    // "#.#" is "#": all names that are written with '.', not all.
    return Filter{.text = *std::move(key), .levels = levels};
}

Result<void> check_name(std::string_view name) {
    if (name.empty() || name.size() > kNameBytesMax) {
        return fail(kInvalidField, "a topic's name has 1 to " + std::to_string(kNameBytesMax) +
                                       " bytes, not " + std::to_string(name.size()));
    }
    if (name.find_first_of(wildcards_of(levels_of(name))) != std::string_view::npos) {
        return fail(kInvalidField, "messages can't be sent to " + in_quotes(name) +
                                       ", a filter with wildcards; name one topic");
    }
    return {};
}

}  // namespace weft::topic
