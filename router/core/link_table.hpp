#pragma once

#include "router/core/clock.hpp"
#include "router/core/link.hpp"
#include "router/core/port.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace weft::router {

/// The connections of a core and their links.
///
/// Invariants:
///   I1  a LinkRef finds its link, or nothing once that is gone, never another one
///   I2  what management lists is every link of a connection that is listed, once, until it retires
///   I3  a connection that is gone is kept as long as one of its links
///
/// Threading: loop-confined.
class LinkTable {
public:
    /// Ids of links and connections are first_id, first_id + id_step, …
    LinkTable(std::uint64_t first_id, std::uint64_t id_step, const Clock& clock)
        : next_link_id_{first_id},
          next_connection_id_{first_id},
          id_step_{id_step},
          clock_{clock} {}
    ~LinkTable();
    LinkTable(const LinkTable&) = delete;
    LinkTable& operator=(const LinkTable&) = delete;

    Connection& connect(Port& port, const Traits& traits, security::Identity identity);
    /// It is listed no more, its sessions are over, and it goes with its last link.
    void disconnect(Connection& connection);
    /// The port of its links is gone: they are to retire. O(1).
    void end(Gate& session);
    /// The same of all sessions of a connection. O(sessions).
    void end_all(Connection& connection);
    /// A link of a session that is over; null: there is none.
    Link* deserted() const;

    /// A link that is attaching, of a session by the port's number.
    Link& make(Connection& connection,
               Direction direction,
               std::uint16_t capacity,
               std::uintptr_t port_link,
               std::uint16_t session = 0);
    /// An id for a link that is no affair of the core's: none of its own has it.
    std::uint64_t take_id() const { return std::exchange(next_link_id_, next_link_id_ + id_step_); }
    /// Nobody but the core knows of it any more.
    void retire(Link& link);
    void free(Link& link);

    /// Null if it is gone.
    Link* find(LinkRef ref) const {
        const bool known =
            ref.index < slots_.size() && slots_[ref.index].generation == ref.generation;
        return known ? slots_[ref.index].link.get() : nullptr;
    }
    std::size_t size() const { return size_; }
    /// Links in use have an index below it.
    std::size_t slots() const { return slots_.size(); }
    /// The link with that index; null: none is in use.
    Link* at(std::size_t index) const { return slots_[index].link.get(); }
    /// The links in use with index ≥ `from`, ascending; null at the end.
    Link* next(std::size_t from) const;
    /// The links that management shows, in an order that stays the same while none comes or goes.
    const std::vector<Link*>& peer_links() const { return peer_links_; }
    /// How many of those go out.
    std::size_t peer_links_out() const { return peer_links_out_; }
    /// All, in an order that stays the same while none comes or goes; those that are not clients'
    /// come first, for they are made first and stay.
    const std::vector<std::unique_ptr<Connection>>& connections() const { return connections_; }

private:
    static Gate& gate_of(Connection& connection, std::uint16_t session);
    void leave(Gate& gate, Link& link);

    struct Slot {
        std::unique_ptr<Link> link;
        std::uint32_t generation = 0;
    };

    std::vector<Slot> slots_;
    std::vector<std::uint32_t> free_slots_;
    std::size_t size_ = 0;
    std::vector<Link*> peer_links_;
    std::size_t peer_links_out_ = 0;
    std::vector<std::unique_ptr<Connection>> connections_;
    std::vector<std::unique_ptr<Connection>> gone_;  // I3
    EndedGates ended_;                               // its own
    Connection nowhere_{no_port(), {}, {}};
    Gate retired_{nowhere_, no_port(), 0};  // of links that are retired
    mutable std::uint64_t next_link_id_;
    std::uint64_t next_connection_id_;
    std::uint64_t id_step_;
    const Clock& clock_;
};

}  // namespace weft::router
