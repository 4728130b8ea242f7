#pragma once

#include "common/base/keyed_hash.hpp"
#include "common/base/result.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weft::exchange {

struct Binding;

/// How keys and subjects are written. amqp: words between '.'; '*' is one word, '#' any number of
/// them, none too. mqtt: levels between '/'; '+' is one level, '#' at the end any number of them.
enum class MatchMethod : std::uint8_t { amqp, mqtt };
/// "amqp", "mqtt"
const char* name_of(MatchMethod method);

/// Of a binding's key.
inline constexpr std::size_t kKeyBytesMax = 1024;
inline constexpr std::size_t kKeyWordsMax = 64;
/// A subject of more words is matched by "#" alone: what the walk costs is bounded by this.
inline constexpr std::size_t kSubjectWordsMax = 128;

/// The key in the form in which those that mean the same are equal ("#.*.#" is "*.#"); an empty one
/// is "#". Errors: amqp:invalid-field, too long, or none by the rules of `method`.
[[nodiscard]] Result<std::string> normal_key(MatchMethod method, std::string_view key);

/// Keys by their words, and the bindings that have them.
///
///   K1  a node that has no bindings and leads nowhere goes away
///   K2  a walk looks at a node once for each word at most, so that many '#' cost no more than the
///       nodes that they lead to
///
/// What a subject costs is its words and the nodes that match it so far, however many keys there
/// are. Threading: loop-confined.
class KeyTree {
public:
    explicit KeyTree(MatchMethod method) : method_{method} {}

    MatchMethod method() const { return method_; }
    /// `key` is a normal one here and below.
    void add(std::string_view key, Binding& binding);
    /// Precondition: it was added with that key.
    void remove(std::string_view key, const Binding& binding);
    /// Those that have exactly this key; null: none has.
    const std::vector<Binding*>* find(std::string_view key) const;

    /// Appends the bindings whose keys match. No subject is one without words.
    void match(std::string_view subject, std::vector<Binding*>& found) const;

    std::size_t size() const { return nodes_; }
    /// Nodes that walks have looked at, ever.
    std::uint64_t steps() const { return steps_; }

private:
    struct Node {
        boost::unordered_flat_map<std::string, std::unique_ptr<Node>, TextHash, std::equal_to<>>
            literals;
        std::unique_ptr<Node> one;   // behind '*' or '+'
        std::unique_ptr<Node> many;  // behind '#'
        std::vector<Binding*> bindings;
        std::uint64_t reached = 0;  // by the step of a walk that looked at it last
        bool is_many = false;

        bool unused() const { return bindings.empty() && literals.empty() && !one && !many; }
    };

    char separator() const { return method_ == MatchMethod::amqp ? '.' : '/'; }
    std::string_view any_word() const { return method_ == MatchMethod::amqp ? "*" : "+"; }
    std::unique_ptr<Node>* place(Node& above, std::string_view word, bool make);
    bool remove_below(Node& node, std::string_view rest, bool ended, const Binding& binding);
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

}  // namespace weft::exchange
