#pragma once

#include "common/amqp/link.hpp"
#include "common/base/keyed_hash.hpp"

#include <boost/container/small_vector.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string_view>

namespace weft::amqp {

/// The links of a connection by role and name: a link is known by both between two containers.
///
/// A link stands for its own key, so an entry is a pointer. A few are looked through; from kFew on
/// there is a hash table, until all are gone. All are O(1). What a session that is over leaves
/// behind does not count, and is to be erased before it goes. Threading: not shared.
/// Spec: AMQP 1.0 §2.6.1
class LinkNames {
public:
    /// So many are found faster, and take less memory, without a table.
    static constexpr std::size_t kFew = 8;

    /// Null if there is none. `receiver`: our role.
    Link* find(std::string_view name, bool receiver) const {
        Link* const found = look_up({name, receiver});
        return found != nullptr && found->has_session() ? found : nullptr;
    }
    /// Its key must be free.
    void insert(Link& link) {
        if (Link* const left_behind = look_up(key(&link))) {
            erase(*left_behind);
        }
        if (!many_ && few_.size() == kFew) {
            many_ = std::make_unique<Many>(few_.begin(), few_.end());
            few_.clear();
            few_.shrink_to_fit();
        }
        if (many_) {
            many_->insert(&link);
        } else {
            few_.push_back(&link);
        }
    }
    /// Nothing happens if its name is another's by now.
    void erase(Link& link) {
        if (!many_) {
            const auto found = std::ranges::find(few_, &link);
            if (found != few_.end()) {
                few_.erase(found);
            }
        } else if (const auto found = many_->find(&link);
                   found != many_->end() && *found == &link) {
            many_->erase(found);
            if (many_->empty()) {
                many_.reset();
            }
        }
    }

private:
    struct Key {
        std::string_view name;
        bool receiver = false;

        bool operator==(const Key&) const = default;
    };
    Link* look_up(const Key& wanted) const {
        if (many_) {
            const auto found = many_->find(wanted);
            return found == many_->end() ? nullptr : *found;
        }
        const auto found =
            std::ranges::find(few_, wanted, [](const Link* link) { return key(link); });
        return found == few_.end() ? nullptr : *found;
    }
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

    using Few = boost::container::small_vector<Link*, 1>;
    using Many = boost::unordered_flat_set<Link*, Hash, Equal>;

    Few few_;
    std::unique_ptr<Many> many_;  // null: they are few
};

}  // namespace weft::amqp
