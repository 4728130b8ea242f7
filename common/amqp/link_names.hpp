#pragma once

#include "common/amqp/link.hpp"
#include "common/base/keyed_hash.hpp"

#include <boost/unordered/unordered_flat_set.hpp>

#include <cstddef>
#include <string_view>

namespace weft::amqp {

/// The links of a connection by role and name: a link is known by both between two containers.
///
/// A link stands for its own key, so an entry is a pointer. Threading: not shared.
/// Spec: AMQP 1.0 §2.6.1
class LinkNames {
public:
    /// Null if there is none. `receiver`: our role.
    Link* find(std::string_view name, bool receiver) const {
        const auto found = links_.find(Key{name, receiver});
        return found == links_.end() ? nullptr : *found;
    }
    /// Replaces nothing: its key must be free.
    void insert(Link& link) { links_.insert(&link); }
    /// Nothing happens if its name is another's by now.
    void erase(Link& link) {
        const auto found = links_.find(&link);
        if (found != links_.end() && *found == &link) {
            links_.erase(found);
        }
    }

private:
    struct Key {
        std::string_view name;
        bool receiver = false;

        bool operator==(const Key&) const = default;
    };
    static Key key(const Link* link) { return {link->name(), link->is_receiver()}; }
    static const Key& key(const Key& key) { return key; }

    struct Hash {
        using is_transparent = void;
        using is_avalanching = void;
        template <class A>
        std::size_t operator()(const A& a) const {
            return TextHash{}(key(a).name) + (key(a).receiver ? 1 : 0);
        }
    };
    struct Equal {
        using is_transparent = void;
        template <class A, class B>
        bool operator()(const A& a, const B& b) const {
            return key(a) == key(b);
        }
    };

    boost::unordered_flat_set<Link*, Hash, Equal> links_;
};

}  // namespace weft::amqp
