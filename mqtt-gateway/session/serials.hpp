#pragma once

#include "mqtt-gateway/codec/packets.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace weft::session {

/// Which use of its packet identifier a QoS 2 publish is. Threading: not shared (a value).
struct Use {
    mqtt::PacketId id = 0;
    std::uint64_t serial = 0;

    bool operator==(const Use&) const = default;
};

/// The serials of a session's packet identifiers. With the session's birth a `Use` names a message:
/// what a device sends again under an id that it has not seen become free is the same message, and
/// has the same name, whoever is asked and however often gateways die in between.
///
/// An id that became free has a row with its next serial; one without a row has the base. A store
/// has what is here whenever an id becomes free, and need not be asked before a message goes out.
///
/// Invariants:
///   N1  an id never has the same serial in two of its uses
///   N2  rows are at most kFreeMax, and two for each id that was under way when they last became
///       fewer, and kResentMax while it is not known what is under way; who frees an id pays for a
///       constant number of rows
///
/// Threading: not shared.
class Serials {
public:
    static constexpr std::size_t kFreeMax = 64;
    static constexpr std::size_t kResentMax = 1000;

    /// The use that is under way, or, if the id is free, the next one.
    Use use_of(mqtt::PacketId id) const;
    /// Its use is over. Returns its next one.
    Use free(mqtt::PacketId id);
    /// What all ids have that have no row.
    std::uint64_t base() const { return base_; }

    /// There are more rows of free ids than there are to be: `compact`. Not `knows_all`: something
    /// may be under way, without a row, that nobody who could be asked knows of.
    bool is_long(bool knows_all) const {
        return rows_.size() > rows_max_ + (knows_all ? 0 : kResentMax);
    }
    /// `under_way`, ascending: these ids keep what they have. All others are free: they have no
    /// rows from now on, and a base that none of them ever had.
    void compact(std::span<const mqtt::PacketId> under_way);

    // From a store.
    void restore_base(std::uint64_t base) { base_ = base; }
    void restore(Use use);

private:
    std::vector<Use>::const_iterator place_of(mqtt::PacketId id) const;

    std::uint64_t base_ = 0;
    std::vector<Use> rows_;  // ascending by id
    std::size_t rows_max_ = kFreeMax;
};

}  // namespace weft::session
