#pragma once

#include "common/base/bytes.hpp"
#include "common/base/time.hpp"
#include "router/core/connection.hpp"
#include "router/node/control_channel.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace weft::node {

class RoutedLinks;

/// A connection to another router as the mesh and management see it: it carries whole control
/// messages, has a cost, and is given up when its router is silent.
///
/// Threading: loop-confined (home).
class Neighbour {
public:
    /// What the core knows the connection as, its trunk with it.
    virtual const router::Connection& in_core() const = 0;
    /// Of links that are passed on whole.
    virtual RoutedLinks& routed_links() = 0;
    /// When bytes came from the peer last.
    virtual Instant heard() const = 0;
    /// Reads what has come from the peer and waits in its socket.
    virtual void hear() = 0;
    /// When the last frame came of a control message that goes on.
    virtual Instant heard_part() const = 0;
    /// The greater of both sides'.
    virtual std::uint32_t cost() const = 0;
    virtual void set_own_cost(std::uint32_t cost) = 0;
    /// Whether the listener `name` brought it, or the connector (`dialled`).
    virtual bool came_by(std::string_view name, bool dialled) const = 0;
    /// As ControlChannel::send.
    [[nodiscard]] virtual bool send(Bytes message) = 0;
    /// Ends the connection without waiting for a peer that does not answer.
    virtual void drop(std::string_view why) = 0;
    virtual std::vector<ControlLink> control_links() const = 0;

protected:
    Neighbour() = default;
    ~Neighbour() = default;
};

}  // namespace weft::node
