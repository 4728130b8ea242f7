#pragma once

#include "router/linkstate/address_announcer.hpp"
#include "router/linkstate/address_line.hpp"
#include "router/linkstate/adjacencies.hpp"
#include "router/linkstate/adverts.hpp"
#include "router/linkstate/control_sender.hpp"
#include "router/linkstate/courier.hpp"
#include "router/linkstate/ground.hpp"
#include "router/linkstate/hellos.hpp"
#include "router/linkstate/inquiries.hpp"
#include "router/linkstate/limits.hpp"
#include "router/linkstate/link_announcer.hpp"
#include "router/linkstate/local_addresses.hpp"
#include "router/linkstate/neighbours.hpp"
#include "router/linkstate/reachability.hpp"
#include "router/linkstate/reception.hpp"
#include "router/linkstate/remote_addresses.hpp"
#include "router/linkstate/remote_links.hpp"

#include <utility>

namespace weft::linkstate {

/// The nouns of this room, put together: each knows those above it that it works on, and none
/// below. LinkState says what is done with them in which order; a test may take one alone.
///
/// Threading: loop-confined.
struct Parts {
    /// `output` must outlive it.
    Parts(LinkStateOptions options, LinkStateOutput& output) : ground{std::move(options), output} {
        local_addresses.set(weft_key(ground.options.id), true, Hint::closest);
    }
    Parts(const Parts&) = delete;
    Parts& operator=(const Parts&) = delete;

    Ground ground;
    ControlSender sender{ground.options.id, ground.output, ground.counters};
    Neighbours neighbours{ground.options.hello_max_age};
    LocalAddresses local_addresses{ground.options.id, ground.options.told_bytes_max};
    Reception reception{ground};
    Limits limits{ground};
    Inquiries inquiries{ground.database};
    RemoteAddresses remote_addresses{ground, limits, inquiries};
    Reachability reachability{ground, remote_addresses};
    RemoteLinks remote_links{ground, limits, inquiries, remote_addresses, reachability};
    Courier courier{ground, neighbours, reachability, limits, sender};
    AddressLine address_line{ground,
                             {.neighbours = neighbours,
                              .limits = limits,
                              .inquiries = inquiries,
                              .addresses = remote_addresses,
                              .courier = courier}};
    Adverts adverts{ground, local_addresses, courier};
    LinkAnnouncer link_announcer{ground, neighbours, reachability, courier, adverts};
    AddressAnnouncer address_announcer{ground, local_addresses, reachability, courier, adverts};
    Hellos hellos{ground, neighbours, sender};
    Adjacencies adjacencies{ground,
                            {.neighbours = neighbours,
                             .hellos = hellos,
                             .limits = limits,
                             .inquiries = inquiries,
                             .remote_links = remote_links,
                             .reachability = reachability,
                             .announcer = link_announcer}};
};

}  // namespace weft::linkstate
