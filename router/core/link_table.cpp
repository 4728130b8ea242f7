#include "router/core/link_table.hpp"

#include <utility>

namespace weft::router {

Connection& LinkTable::connect(Port& port, const Traits& traits, security::Identity identity) {
    connections_.push_back(std::make_unique<Connection>(port, traits, std::move(identity)));
    Connection& connection = *connections_.back();
    connection.id = std::exchange(next_connection_id_, next_connection_id_ + id_step_);
    connection.position = connections_.size() - 1;
    return connection;
}

void LinkTable::disconnect(Connection& connection) {
    const std::size_t position = connection.position;
    std::swap(connections_[position], connections_.back());
    connections_[position]->position = position;
    connections_.pop_back();
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
    link.annotates = connection.traits.annotates;
    link.port_link = port_link;
    if (direction == Direction::out) {
        link.gate = &gate_of(connection, session);
        ++link.gate->links;
    }
    link.progress = link.zero_credit_since = clock_.tenths();
    ++size_;
    if (connection.traits.listed) {  // I2
        link.listing = peer_links_.size();
        peer_links_.push_back(&link);
        peer_links_out_ += direction == Direction::out ? 1U : 0U;
    }
    return link;
}

Gate& LinkTable::gate_of(Connection& connection, std::uint16_t session) {
    return connection.gates.try_emplace(session, connection, session).first->second;
}

void LinkTable::free(Link& link) {
    if (Gate* const gate = link.gate) {
        if (link.in_line()) {
            gate->leave(link);
        }
        if (--gate->links == 0) {
            link.connection.gates.erase(gate->session);
        }
    }
    if (link.connection.traits.listed) {
        peer_links_[link.listing] = peer_links_.back();
        peer_links_[link.listing]->listing = link.listing;
        peer_links_.pop_back();
        peer_links_out_ -= link.direction == Direction::out ? 1U : 0U;
    }
    const std::uint32_t index = link.self.index;
    ++slots_[index].generation;  // I1
    slots_[index].link.reset();
    free_slots_.push_back(index);
    --size_;
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
