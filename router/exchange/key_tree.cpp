#include "router/exchange/key_tree.hpp"

#include "common/base/assert.hpp"
#include "common/base/conditions.hpp"

#include <algorithm>
#include <utility>

namespace weft::exchange {
namespace {

constexpr std::string_view kMany = "#";

/// Takes the first word of what is left of a text, and its separator; `ended`: that was the last.
std::string_view take_word(std::string_view& rest, char separator, bool& ended) {
    const std::size_t end = rest.find(separator);
    const std::string_view word = rest.substr(0, end);
    ended = end == std::string_view::npos;
    rest = ended ? std::string_view{} : rest.substr(end + 1);
    return word;
}

/// Of no text there are none.
std::vector<std::string_view> words_of(std::string_view text, char separator) {
    std::vector<std::string_view> words;
    for (bool ended = text.empty(); !ended;) {
        words.push_back(take_word(text, separator, ended));
    }
    return words;
}

std::size_t count_words(std::string_view text, char separator) {
    const auto separators = static_cast<std::size_t>(std::ranges::count(text, separator));
    return text.empty() ? 0 : separators + 1;
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
        if (levels[i] == kMany && i + 1 < levels.size()) {
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
        if (many && word != kMany && word != "*") {
            sorted.push_back(kMany);
            many = false;
        }
        if (word == kMany) {
            many = true;
        } else {
            sorted.push_back(word);
        }
    }
    if (many) {
        sorted.push_back(kMany);
    }
    std::string key(sorted.front());
    for (std::size_t i = 1; i < sorted.size(); ++i) {
        key.append(".").append(sorted[i]);
    }
    return key;
}

}  // namespace

const char* name_of(MatchMethod method) {
    return method == MatchMethod::amqp ? "amqp" : "mqtt";
}

Result<std::string> normal_key(MatchMethod method, std::string_view key) {
    if (key.empty()) {
        return std::string(kMany);
    }
    if (key.size() > kKeyBytesMax) {
        return fail(kInvalidField,
                    "has a key of more than " + std::to_string(kKeyBytesMax) + " bytes");
    }
    const auto words = words_of(key, method == MatchMethod::amqp ? '.' : '/');
    if (words.size() > kKeyWordsMax) {
        return fail(kInvalidField,
                    "has a key of more than " + std::to_string(kKeyWordsMax) + " words");
    }
    return method == MatchMethod::mqtt ? normal_levels(words, key) : normal_words(words);
}

/// Where the node for `word` hangs; null: it is not there, and not to be made.
std::unique_ptr<KeyTree::Node>* KeyTree::place(Node& above, std::string_view word, bool make) {
    std::unique_ptr<Node>* place = nullptr;
    if (word == kMany) {
        place = &above.many;
    } else if (word == any_word()) {
        place = &above.one;
    } else {
        const auto found = above.literals.find(word);
        if (found != above.literals.end()) {
            return &found->second;
        }
        place = make ? &above.literals[std::string(word)] : nullptr;
    }
    if (make && *place == nullptr) {
        *place = std::make_unique<Node>();
        (*place)->is_many = word == kMany;
        ++nodes_;
    }
    return place == nullptr || *place == nullptr ? nullptr : place;
}

void KeyTree::add(std::string_view key, Binding& binding) {
    Node* node = &root_;
    for (const std::string_view word : words_of(key, separator())) {
        node = place(*node, word, /*make=*/true)->get();
    }
    node->bindings.push_back(&binding);
}

void KeyTree::remove(std::string_view key, const Binding& binding) {
    remove_below(root_, key, /*ended=*/false, binding);
}

/// True if nothing needs the node any more.
bool KeyTree::remove_below(Node& node, std::string_view rest, bool ended, const Binding& binding) {
    if (ended) {
        std::erase(node.bindings, &binding);
        return node.unused();
    }
    const std::string_view word = take_word(rest, separator(), ended);
    std::unique_ptr<Node>* const below = place(node, word, /*make=*/false);
    WEFT_CHECK(below != nullptr);
    if (remove_below(**below, rest, ended, binding)) {  // K1
        --nodes_;
        below->reset();
        node.literals.erase(std::string(word));  // a wildcard's word is nobody's
    }
    return node.unused();
}

const std::vector<Binding*>* KeyTree::find(std::string_view key) const {
    Node* node = const_cast<Node*>(&root_);
    for (const std::string_view word : words_of(key, separator())) {
        auto* const below = const_cast<KeyTree*>(this)->place(*node, word, /*make=*/false);
        if (below == nullptr) {
            return nullptr;
        }
        node = below->get();
    }
    return node->bindings.empty() ? nullptr : &node->bindings;
}

/// What has come so far matches up to this node, and to a '#' behind it, which may be nothing.
void KeyTree::enter(Node& node) const {
    ++steps_;
    if (std::exchange(node.reached, step_) == step_) {  // K2
        return;
    }
    there_.push_back(&node);
    if (node.many != nullptr) {
        enter(*node.many);
    }
}

void KeyTree::match(std::string_view subject, std::vector<Binding*>& found) const {
    there_.clear();
    ++step_;
    if (count_words(subject, separator()) > kSubjectWordsMax) {
        if (root_.many != nullptr) {
            there_.push_back(root_.many.get());
        }
        subject = {};
    } else {
        enter(const_cast<Node&>(root_));
    }
    for (bool ended = subject.empty(); !ended && !there_.empty();) {
        const std::string_view word = take_word(subject, separator(), ended);
        here_.swap(there_);
        there_.clear();
        ++step_;
        for (Node* node : here_) {
            if (node->is_many) {
                enter(*node);
            }
            const auto literal = node->literals.find(word);
            if (literal != node->literals.end()) {
                enter(*literal->second);
            }
            if (node->one != nullptr) {
                enter(*node->one);
            }
        }
    }
    for (const Node* node : there_) {
        found.insert(found.end(), node->bindings.begin(), node->bindings.end());
    }
}

}  // namespace weft::exchange
