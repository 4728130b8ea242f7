#pragma once

#include "common/base/assert.hpp"
#include "common/base/keyed_hash.hpp"
#include "common/keys/key.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::keys {

/// What may stand for the first word of a subject.
enum class First : std::uint8_t { anything, itself };

/// Keys by their words, and what holds them.
///
///   K1  a node that nobody holds and that leads nowhere goes away
///   K2  a walk looks at a node once for each word at most, so that many '#' cost no more than the
///       nodes that they lead to
///
/// What a subject costs is its words and the nodes that match it so far, however many keys there
/// are. Threading: loop-confined.
template <class Holder>
class KeyTree {
public:
    explicit KeyTree(MatchMethod method) : method_{method} {}

    MatchMethod method() const { return method_; }
    /// `key` is a normal one here and below.
    void add(std::string_view key, Holder& holder);
    /// Precondition: it was added with that key.
    void remove(std::string_view key, const Holder& holder);
    /// Those that have exactly this key; null: none has.
    const std::vector<Holder*>* find(std::string_view key) const;

    /// Appends those whose keys match. No subject is one without words.
    void match(std::string_view subject,
               std::vector<Holder*>& found,
               First first = First::anything) const;

    std::size_t size() const { return nodes_; }
    /// Nodes that walks have looked at, ever.
    std::uint64_t steps() const { return steps_; }

private:
    struct Node {
        boost::unordered_flat_map<std::string, std::unique_ptr<Node>, TextHash, std::equal_to<>>
            literals;
        std::unique_ptr<Node> one;   // behind '*' or '+'
        std::unique_ptr<Node> many;  // behind '#'
        std::vector<Holder*> holders;
        std::uint64_t reached = 0;  // by the step of a walk that looked at it last
        bool is_many = false;

        bool unused() const { return holders.empty() && literals.empty() && !one && !many; }
    };

    std::unique_ptr<Node>* place(Node& above, std::string_view word, bool make);
    bool unhook(Node& node, std::string_view rest, bool ended, const Holder& holder);
    void enter(Node& node) const;

    MatchMethod method_;
    Node root_;
    std::size_t nodes_ = 0;  // the root is not counted
    // Of the walk under way.
    mutable std::vector<Node*> here_;
    mutable std::vector<Node*> there_;
    mutable std::uint64_t step_ = 0;
    mutable std::uint64_t steps_ = 0;
};

/// Where the node for `word` hangs; null: it is not there, and not to be made.
template <class Holder>
auto KeyTree<Holder>::place(Node& above, std::string_view word, bool make)
    -> std::unique_ptr<Node>* {
    const bool many = word == kManyWords;
    auto* place = many ? &above.many : word == any_word(method_) ? &above.one : nullptr;
    if (place == nullptr) {
        const auto found = above.literals.find(word);
        if (found == above.literals.end() && !make) {
            return nullptr;
        }
        place = found != above.literals.end() ? &found->second : &above.literals[std::string(word)];
    }
    if (make && *place == nullptr) {
        *place = std::make_unique<Node>();
        (*place)->is_many = many;
        ++nodes_;
    }
    return *place == nullptr ? nullptr : place;
}

template <class Holder>
void KeyTree<Holder>::add(std::string_view key, Holder& holder) {
    Node* node = &root_;
    for (bool ended = key.empty(); !ended;) {
        node = place(*node, take_word(key, separator(method_), ended), /*make=*/true)->get();
    }
    node->holders.push_back(&holder);
}

template <class Holder>
void KeyTree<Holder>::remove(std::string_view key, const Holder& holder) {
    unhook(root_, key, /*ended=*/false, holder);
}

/// True if nothing needs the node any more.
template <class Holder>
bool KeyTree<Holder>::unhook(Node& node, std::string_view rest, bool ended, const Holder& holder) {
    if (ended) {
        std::erase(node.holders, &holder);
        return node.unused();
    }
    const std::string_view word = take_word(rest, separator(method_), ended);
    std::unique_ptr<Node>* const below = place(node, word, /*make=*/false);
    WEFT_CHECK(below != nullptr);
    if (unhook(**below, rest, ended, holder)) {  // K1
        --nodes_;
        below->reset();
        node.literals.erase(std::string(word));  // a wildcard's word is nobody's
    }
    return node.unused();
}

template <class Holder>
const std::vector<Holder*>* KeyTree<Holder>::find(std::string_view key) const {
    Node* node = const_cast<Node*>(&root_);
    for (bool ended = key.empty(); !ended;) {
        auto* const below = const_cast<KeyTree*>(this)->place(
            *node, take_word(key, separator(method_), ended), /*make=*/false);
        if (below == nullptr) {
            return nullptr;
        }
        node = below->get();
    }
    return node->holders.empty() ? nullptr : &node->holders;
}

/// What has come so far matches up to this node, and to a '#' behind it, which may be nothing.
template <class Holder>
void KeyTree<Holder>::enter(Node& node) const {
    ++steps_;
    if (std::exchange(node.reached, step_) == step_) {  // K2
        return;
    }
    there_.push_back(&node);
    if (node.many != nullptr) {
        enter(*node.many);
    }
}

template <class Holder>
void KeyTree<Holder>::match(std::string_view subject,
                            std::vector<Holder*>& found,
                            First first) const {
    bool wild = first == First::anything;
    there_.clear();
    ++step_;
    if (count_words(subject, separator(method_)) > kSubjectWordsMax) {
        if (wild && root_.many != nullptr) {
            there_.push_back(root_.many.get());
        }
        subject = {};
    } else if (wild) {
        enter(const_cast<Node&>(root_));
    } else {
        there_.push_back(const_cast<Node*>(&root_));
    }
    for (bool ended = subject.empty(); !ended && !there_.empty(); wild = true) {
        const std::string_view word = take_word(subject, separator(method_), ended);
        here_.swap(there_);
        there_.clear();
        ++step_;
        for (Node* node : here_) {
            if (node->is_many) {
                enter(*node);
            }
            if (const auto literal = node->literals.find(word); literal != node->literals.end()) {
                enter(*literal->second);
            }
            if (wild && node->one != nullptr) {
                enter(*node->one);
            }
        }
    }
    for (const Node* node : there_) {
        found.insert(found.end(), node->holders.begin(), node->holders.end());
    }
}

}  // namespace weft::keys
