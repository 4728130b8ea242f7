#pragma once

#include "mqtt-gateway/store/records.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace weft::mqtt_store {

/// All that there is of a session, in one piece: what a queue of the mesh has of it in place of the
/// tables. Its messages are not here: the mesh has them.
///
/// Threading: not shared (a value).
struct SessionRecord {
    SessionRow row{};
    std::map<std::string, StoredSubscription> subscriptions{};  // by filter
    std::map<mqtt::PacketId, IncomingId> incoming{};
    std::set<mqtt::PacketId> outgoing{};  // that are held
    /// Wills that were fired, by when; they outlive the session.
    std::map<WillNumber, FiredWill> fired{};
    bool is_over = false;  // the session has ended; its fired wills are left

    /// Those that are free have the base, and no rows; what is under way gets one, if it has none.
    void set_serials(std::uint64_t base, const std::vector<IncomingId>& under_way);
    void put_outgoing(const OutgoingId& id);
    WillNumber add_fired(FiredWill will);
    /// All but the wills that were fired.
    void end();
    /// Nothing is left.
    bool is_empty() const { return is_over && fired.empty(); }

    /// As a gateway takes it up.
    KnownSession known(SessionNumber number) const;
};

void append_record(Buffer& out, const SessionRecord& record);
/// None: it is damaged, or of a version that is not known.
[[nodiscard]] std::optional<SessionRecord> read_record(Bytes encoded);

}  // namespace weft::mqtt_store
