#pragma once

#include <boost/intrusive/list.hpp>

#include <cstddef>
#include <cstdint>

namespace weft::router {

struct Connection;

struct GateTag;
/// Where a link stands in the line before its gate.
using GateHook = boost::intrusive::list_base_hook<boost::intrusive::tag<GateTag>>;

struct HeldTag;
using HeldHook =
    boost::intrusive::list_base_hook<boost::intrusive::tag<HeldTag>,
                                     boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;
struct OpeningTag;
using OpeningHook =
    boost::intrusive::list_base_hook<boost::intrusive::tag<OpeningTag>,
                                     boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

/// What all outgoing links of a session pass: its window, and the room of its connection.
///
/// Links that took less than they were given stand in line. The first that is held up again shuts
/// the gate: those behind it are not asked until it opens.
///
///   open ──a link is held up──▶ shut ──window or room──▶ opening ──all were asked──▶ open
///                                 ▲─────a link is held up──┘
///
/// Invariant I1: while it is shut somebody stands in line, for whom its port is to tell.
///
/// Threading: loop-confined.
struct Gate : HeldHook, OpeningHook {
    Gate(Connection& owner, std::uint16_t number) : connection{owner}, session{number} {}

    Connection& connection;
    const std::uint16_t session;  // as its port calls it
    boost::intrusive::list<GateHook, boost::intrusive::base_hook<GateHook>> line;
    std::size_t due = 0;    // of the line, to be asked before the opening is over
    std::size_t links = 0;  // that pass it
    bool shut = false;      // its port tells when there is window or room

    void join(GateHook& link);
    void leave(GateHook& link);
};

using HeldGates = boost::intrusive::
    list<Gate, boost::intrusive::base_hook<HeldHook>, boost::intrusive::constant_time_size<false>>;
using OpeningGates = boost::intrusive::list<Gate,
                                            boost::intrusive::base_hook<OpeningHook>,
                                            boost::intrusive::constant_time_size<false>>;

}  // namespace weft::router
