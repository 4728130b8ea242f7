#pragma once

#include "common/amqp/performatives.hpp"
#include "common/base/bytes.hpp"
#include "router/core/link.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

/// Termini of links that may be routed. Spec: AMQP 1.0 §3.5.3, §3.5.4, §4.5.1
namespace weft::node {

/// The address by which a peer's attach is looked for among the link routes: of its source, if it
/// receives, or of its target; of a dynamic node the one among its properties ("x-opt-qd.address");
/// of a coordinator "$coordinator". Nothing: there is none.
std::optional<std::string> wanted_address(const amqp::Attach& attach);
/// What an attach takes while somebody is asked about it, as it is written.
std::size_t memory_of(const Buffer& attach);

/// Whether it is the control link of transactions.
bool is_coordinator(const amqp::Attach& attach);
/// Whether that is at the address, below a broker's: "$broker/b1/$coordinator". Routers ask each
/// other so, for a coordinator itself names no broker.
bool leads_to_coordinator(std::string_view address);
/// Its target, an address like that, becomes the coordinator that the broker knows.
void become_coordinator(amqp::Attach& attach);

/// Whether its peer may come back for its terminus after its connection is lost.
bool survives(const amqp::Attach& attach);

namespace detail {
/// Properties with another address.
std::string with_address(Bytes properties, std::string_view address);
std::optional<std::string> address_in(Bytes properties);
}  // namespace detail

/// That address is another: `name` makes it of the old one. What was written is in `storage`.
template <class Name>
void rename(amqp::Attach& attach, router::Direction direction, std::string& storage, Name name) {
    std::optional<amqp::Terminus>& terminus =
        direction == router::Direction::out ? attach.source : attach.target;
    if (!terminus || terminus->kind == amqp::Terminus::Kind::coordinator) {
        return;
    }
    if (terminus->address) {
        storage = name(*terminus->address);
        terminus->address = storage;
    } else if (const auto wanted = detail::address_in(terminus->dynamic_node_properties)) {
        storage = detail::with_address(terminus->dynamic_node_properties, name(*wanted));
        terminus->dynamic_node_properties = as_bytes(storage);
    }
}

}  // namespace weft::node
