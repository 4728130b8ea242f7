#include "router/core/link_table.hpp"

#include <utility>

namespace weft::router {
namespace {

using Connections = std::vector<std::unique_ptr<Connection>>;

/// Takes a connection from those among which it has its position.
std::unique_ptr<Connection> take(Connections& connections, const Connection& connection) {
    const std::size_t position = connection.position;
    std::swap(connections[position], connections.back());
    connections[position]->position = position;
    std::unique_ptr<Connection> taken = std::move(connections.back());
    connections.pop_back();
    return taken;
}

/// Takes the gate of a session, which is there.
std::unique_ptr<Gate> take_gate(Connection& connection, std::uint16_t session) {
    std::unique_ptr<Gate> taken = std::move(connection.gates[session]);
    while (!connection.gates.empty() && connection.gates.back() == nullptr) {
        connection.gates.pop_back();
    }
    return taken;
}

}  // namespace

LinkTable::~LinkTable() {
    ended_.clear_and_dispose(std::default_delete<Gate>{});
}

Connection& LinkTable::connect(Port& port, const Traits& traits, security::Identity identity) {
    connections_.push_back(std::make_unique<Connection>(port, traits, std::move(identity)));
    Connection& connection = *connections_.back();
    connection.id = std::exchange(next_connection_id_, next_connection_id_ + id_step_);
    connection.position = connections_.size() - 1;
    return connection;
}

void LinkTable::disconnect(Connection& connection) {
    end_all(connection);
    std::unique_ptr<Connection> taken = take(connections_, connection);
    if (connection.links > 0) {
        connection.gone = true;
        connection.position = gone_.size();
        gone_.push_back(std::move(taken));
    }
}

void LinkTable::end(Gate& session) {
    ended_.push_back(*take_gate(session.connection, session.session).release());
    session.port = &no_port();
    session.HeldHook::unlink();
    session.OpeningHook::unlink();
}

void LinkTable::end_all(Connection& connection) {
    while (!connection.gates.empty()) {
        end(*connection.gates.back());
    }
}

Link* LinkTable::deserted() const {
    return ended_.empty()
               ? nullptr
               : const_cast<Link*>(static_cast<const Link*>(&ended_.front().links.front()));
}

Link& LinkTable::make(Connection& connection,
                      Direction direction,
                      std::uint16_t capacity,
                      std::uintptr_t port_link,
                      std::uint16_t session) {
    if (free_slots_.empty()) {
        free_slots_.push_back(static_cast<std::uint32_t>(slots_.size()));
        slots_.emplace_back();
    }
    const std::uint32_t index = free_slots_.back();
    free_slots_.pop_back();
    Slot& slot = slots_[index];
    slot.link = std::make_unique<Link>(connection, direction, capacity);
    Link& link = *slot.link;
    link.self = {index, slot.generation};
    link.id = std::exchange(next_link_id_, next_link_id_ + id_step_);
    link.outlet.in_process = connection.traits.in_process;
    link.outlet.relay = connection.traits.is_loop;
    link.outlet.uplink = connection.traits.is_uplink;
    link.outlet.cost = connection.traits.is_uplink ? 1 : 0;
    link.annotates = connection.traits.annotates;
    link.asks_bringer = connection.traits.in_process;
    link.port_link = port_link;
    link.gate = &gate_of(connection, session);
    link.gate->links.push_back(link);
    ++connection.links;
    link.progress = link.zero_credit_since = clock_.tenths();
    ++size_;
    if (connection.traits.listed) {  // I2
        link.listing = static_cast<std::uint32_t>(peer_links_.size());
        peer_links_.push_back(&link);
        peer_links_out_ += direction == Direction::out ? 1U : 0U;
    }
    return link;
}

Gate& LinkTable::gate_of(Connection& connection, std::uint16_t session) {
    if (session >= connection.gates.size()) {
        connection.gates.resize(std::size_t{session} + 1);
    }
    std::unique_ptr<Gate>& gate = connection.gates[session];
    if (gate == nullptr) {
        gate = std::make_unique<Gate>(connection, connection.port, session);
    }
    return *gate;
}

void LinkTable::leave(Gate& gate, Link& link) {
    if (link.in_line()) {
        gate.leave(link);
    }
    gate.links.erase(gate.links.iterator_to(link));
    if (!gate.links.empty() || &gate == &retired_) {
        return;
    }
    if (gate.EndedHook::is_linked()) {
        ended_.erase_and_dispose(ended_.iterator_to(gate), std::default_delete<Gate>{});
    } else {
        take_gate(gate.connection, gate.session);
    }
}

void LinkTable::retire(Link& link) {
    leave(*std::exchange(link.gate, &retired_), link);
    retired_.links.push_back(link);
    link.DrainHook::unlink();
    if (link.connection.traits.listed) {
        peer_links_[link.listing] = peer_links_.back();
        peer_links_[link.listing]->listing = link.listing;
        peer_links_.pop_back();
        peer_links_out_ -= link.direction == Direction::out ? 1U : 0U;
    }
}

void LinkTable::free(Link& link) {
    if (link.gate != &retired_) {
        retire(link);
    }
    leave(retired_, link);
    Connection& connection = link.connection;
    const std::uint32_t index = link.self.index;
    ++slots_[index].generation;  // I1
    slots_[index].link.reset();
    free_slots_.push_back(index);
    --size_;
    if (--connection.links == 0 && connection.gone) {
        take(gone_, connection);
    }
}

Link* LinkTable::next(std::size_t from) const {
    for (; from < slots_.size(); ++from) {
        if (slots_[from].link) {
            return slots_[from].link.get();
        }
    }
    return nullptr;
}

}  // namespace weft::router
