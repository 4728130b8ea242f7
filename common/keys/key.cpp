#include "common/keys/key.hpp"

#include "common/base/conditions.hpp"

#include <algorithm>
#include <vector>

namespace weft::keys {
namespace {

/// Of no text there are none.
std::vector<std::string_view> words_of(std::string_view text, char separator) {
    std::vector<std::string_view> words;
    for (bool ended = text.empty(); !ended;) {
        words.push_back(take_word(text, separator, ended));
    }
    return words;
}

tl::unexpected<Error> no_key(std::string_view key, const char* why) {
    return fail(kInvalidField, "has the key \"" + std::string(key) + "\", but " + why);
}

/// A wildcard of MQTT stands alone in its level, and '#' in the last one. Spec: MQTT 5 §4.7.1
Result<std::string> normal_levels(const std::vector<std::string_view>& levels,
                                  std::string_view key) {
    for (std::size_t i = 0; i < levels.size(); ++i) {
        const bool wild = levels[i].find_first_of("+#") != std::string_view::npos;
        if (wild && levels[i].size() > 1) {
            return no_key(key, "mqtt takes '+' and '#' only alone between '/'");
        }
        if (levels[i] == kManyWords && i + 1 < levels.size()) {
            return no_key(key, "mqtt takes '#' only at the end");
        }
    }
    return std::string(key);
}

/// Of wildcards that follow one another those for one word go first, and one '#' is as good as
/// many.
std::string normal_words(const std::vector<std::string_view>& words) {
    std::vector<std::string_view> sorted;
    bool many = false;
    for (const std::string_view word : words) {
        if (many && word != kManyWords && word != "*") {
            sorted.push_back(kManyWords);
            many = false;
        }
        if (word == kManyWords) {
            many = true;
        } else {
            sorted.push_back(word);
        }
    }
    if (many) {
        sorted.push_back(kManyWords);
    }
    std::string key(sorted.front());
    for (std::size_t i = 1; i < sorted.size(); ++i) {
        key.append(".").append(sorted[i]);
    }
    return key;
}

}  // namespace

std::string_view take_word(std::string_view& rest, char separator, bool& ended) {
    const std::size_t end = rest.find(separator);
    const std::string_view word = rest.substr(0, end);
    ended = end == std::string_view::npos;
    rest = ended ? std::string_view{} : rest.substr(end + 1);
    return word;
}

std::size_t count_words(std::string_view text, char separator) {
    const auto separators = static_cast<std::size_t>(std::ranges::count(text, separator));
    return text.empty() ? 0 : separators + 1;
}

const char* name_of(MatchMethod method) {
    return method == MatchMethod::amqp ? "amqp" : "mqtt";
}

Result<std::string> normal_key(MatchMethod method, std::string_view key) {
    if (key.empty()) {
        return std::string(kManyWords);
    }
    if (key.size() > kKeyBytesMax) {
        return fail(kInvalidField,
                    "has a key of more than " + std::to_string(kKeyBytesMax) + " bytes");
    }
    const auto words = words_of(key, separator(method));
    if (words.size() > kKeyWordsMax) {
        return fail(kInvalidField,
                    "has a key of more than " + std::to_string(kKeyWordsMax) + " words");
    }
    return method == MatchMethod::mqtt ? normal_levels(words, key) : normal_words(words);
}

}  // namespace weft::keys
