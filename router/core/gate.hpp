#pragma once

#include <boost/intrusive/list.hpp>

#include <cstddef>
#include <cstdint>

namespace weft::router {

struct Connection;
class Port;

struct GateTag;
/// Where a link stands in the line before its gate.
using GateHook = boost::intrusive::list_base_hook<boost::intrusive::tag<GateTag>>;

struct MemberTag;
/// Where a link stands among those of its session.
using MemberHook = boost::intrusive::list_base_hook<boost::intrusive::tag<MemberTag>>;

struct HeldTag;
using HeldHook =
    boost::intrusive::list_base_hook<boost::intrusive::tag<HeldTag>,
                                     boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;
struct OpeningTag;
using OpeningHook =
    boost::intrusive::list_base_hook<boost::intrusive::tag<OpeningTag>,
                                     boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

struct EndedTag;
using EndedHook = boost::intrusive::list_base_hook<boost::intrusive::tag<EndedTag>>;

/// What all links of a session pass: its port, and outgoing ones its window and the room of its
/// connection.
///
/// Outgoing links that took less than they were given stand in line. The first that is held up
/// again shuts the gate: those behind it are not asked until it opens.
///
///   open ──a link is held up──▶ shut ──window or room──▶ opening ──all were asked──▶ open
///                                 ▲─────a link is held up──┘
///
/// Invariant I1: while it is shut somebody stands in line, for whom its port is to tell.
///
/// Threading: loop-confined.
struct Gate : HeldHook, OpeningHook, EndedHook {
    Gate(Connection& owner, Port& its_port, std::uint16_t number)
        : connection{owner}, port{&its_port}, session{number} {}

    Connection& connection;
    Port* port;                   // no_port() once its session is over
    const std::uint16_t session;  // as its port calls it
    boost::intrusive::list<GateHook, boost::intrusive::base_hook<GateHook>> line;
    std::size_t due = 0;  // of the line, to be asked before the opening is over
    boost::intrusive::list<MemberHook,
                           boost::intrusive::base_hook<MemberHook>,
                           boost::intrusive::constant_time_size<false>>
        links;          // that pass it
    bool shut = false;  // its port tells when there is window or room

    void join(GateHook& link);
    void leave(GateHook& link);
};

using HeldGates = boost::intrusive::
    list<Gate, boost::intrusive::base_hook<HeldHook>, boost::intrusive::constant_time_size<false>>;
using OpeningGates = boost::intrusive::list<Gate,
                                            boost::intrusive::base_hook<OpeningHook>,
                                            boost::intrusive::constant_time_size<false>>;

using EndedGates = boost::intrusive::list<Gate, boost::intrusive::base_hook<EndedHook>>;

}  // namespace weft::router
