#pragma once

#include "common/amqp/link.hpp"

#include <boost/unordered/unordered_flat_set.hpp>

#include <cstddef>
#include <string_view>

namespace weft::amqp {

/// What identifies a link between two containers. Spec: AMQP 1.0 §2.6.1
struct LinkKey {
    std::string_view name;
    bool receiver = false;  // our role

    LinkKey(std::string_view name_of, bool receives) : name{name_of}, receiver{receives} {}
    explicit LinkKey(const Link* link) : name{link->name()}, receiver{link->receiver_} {}
    bool operator==(const LinkKey&) const = default;

    struct Hash {
        using is_transparent = void;
        std::size_t operator()(const LinkKey& key) const {
            return std::hash<std::string_view>{}(key.name) + (key.receiver ? 1 : 0);
        }
        std::size_t operator()(const Link* link) const { return (*this)(LinkKey{link}); }
    };
    struct Equal {
        using is_transparent = void;
        static LinkKey key(const Link* link) { return LinkKey{link}; }
        static const LinkKey& key(const LinkKey& key) { return key; }
        template <class A, class B>
        bool operator()(const A& a, const B& b) const {
            return key(a) == key(b);
        }
    };
};

/// The links of a connection by role and name; a link stands for its own key, so an entry is a
/// pointer. Threading: not shared.
using LinkNames = boost::unordered_flat_set<Link*, LinkKey::Hash, LinkKey::Equal>;

}  // namespace weft::amqp
