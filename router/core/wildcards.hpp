#pragma once

#include "common/base/result.hpp"
#include "common/keys/key_tree.hpp"
#include "common/keys/wildcard_shapes.hpp"
#include "router/core/left_out.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weft::router {

struct Address;
struct AddressKey;
struct Treatment;

/// The name of a subscription to many addresses. '+' and '*' are one level, '#' at the end any
/// number of them. Levels end at '/'; at '.' if there is none, and then the subscription means only
/// addresses without '/'. Alone, "#" means all, "+" those without '/', "*" those without either.
/// Threading: not shared (a value).
struct WildcardName {
    keys::MatchMethod method = keys::MatchMethod::mqtt;
    std::string key;  // a normal one of that method

    std::string shape() const { return keys::WildcardShapes::of(method, key); }
};

/// How `name` reads as such; none: no level of it is a wildcard.
/// Errors: amqp:invalid-field, a '#' that is not at the end, or too long.
[[nodiscard]] Result<std::optional<WildcardName>> read_wildcards(std::string_view name);

/// True of an address that subscriptions with wildcards may mean, and of these themselves: a
/// multicast one of clients, which no waypoint gives back.
[[nodiscard]] bool may_have_wildcards(const AddressKey& key, const Treatment& treatment);

class Wildcards;

/// The address that a message was sent to, which subscriptions with wildcards mean. It outlives
/// that, as the message may.
struct SentTo {
    std::string name;
    Address* address = nullptr;  // null: nobody uses it any more
    const Wildcards* wildcards = nullptr;
};

/// What an address found out about the subscriptions that mean it. Its address owns it.
struct Meant {
    explicit Meant(Address& owner);
    ~Meant() { target->address = nullptr; }
    Meant(const Meant&) = delete;
    Meant& operator=(const Meant&) = delete;

    std::uint64_t version = 0;  // of the wildcards
    std::vector<Address*> by;   // those that match it, whether anybody receives or not
    std::shared_ptr<SentTo> target;
};

/// The subscriptions with wildcards in use, each an address of its own with consumers and routes
/// ("M0sensors/+/temp"), and which of them mean an address ("M0sensors/hall/temp").
///
///   W1  what an address found out is of use while the version is the same: a subscription that
///       comes or goes makes a new one
///
/// An address is matched anew once for each version; that costs its levels and those of matching
/// subscriptions, however many others there are. Threading: loop-confined.
class Wildcards {
public:
    /// Shapes up to which clients bring new ones.
    static constexpr std::size_t kShapesMax = 256;
    /// All, with those of other loops and routers. What comes beyond is an address like others,
    /// until there is room for it (LeftOut).
    static constexpr std::size_t kShapesToldMax = 1'024;
    /// So many nodes looked at for a match cost a step, as Port::spend counts them.
    static constexpr std::uint64_t kNodesOfStep = 8;

    /// It is one of the wildcards (Address::wildcard) from now on, or until now.
    void add(Address& subscription);
    void remove(Address& subscription);
    bool empty() const { return count_ == 0; }
    std::size_t size() const { return count_; }

    /// Those that mean `address`, which is none of them. Valid until one comes or goes.
    const Meant& meaning(Address& address) const;
    /// Somebody gets by one of them what is sent to `address`.
    bool reach(Address& address) const;
    /// Some are behind other routers.
    bool lead_to_routers(Address& address) const;
    /// Somebody gets by one of them what is sent to an address that nobody uses.
    bool reach(std::string_view name) const;
    /// Appends those that mean an address of that name.
    void match(std::string_view name, std::vector<Address*>& found) const;

    /// Where they have their wildcards, which bounds what a match costs.
    const keys::WildcardShapes& shapes() const { return shapes_; }
    /// True if a subscription of that shape may come, whoever brings it.
    bool has_room(const std::string& shape) const { return left_out_.has_room(shape); }
    /// Those that are none yet, for want of room.
    LeftOut& left_out() { return left_out_; }
    const LeftOut& left_out() const { return left_out_; }
    /// A subscription that has just come was brought by the connection with that id.
    void charge(const Address& subscription, std::uint64_t connection);

    /// Nodes looked at so far, and what that comes to in steps.
    std::uint64_t nodes() const { return levels_.steps() + words_.steps(); }
    std::uint64_t steps() const { return nodes() / kNodesOfStep; }

private:
    keys::KeyTree<Address>& tree_of(keys::MatchMethod method) {
        return method == keys::MatchMethod::mqtt ? levels_ : words_;
    }

    keys::KeyTree<Address> levels_{keys::MatchMethod::mqtt};  // between '/'
    keys::KeyTree<Address> words_{keys::MatchMethod::amqp};   // between '.'
    keys::WildcardShapes shapes_{kShapesMax};
    LeftOut left_out_{shapes_, kShapesToldMax};
    std::size_t count_ = 0;
    std::uint64_t version_ = 1;
    mutable std::vector<Address*> found_;  // of the search under way
};

}  // namespace weft::router
