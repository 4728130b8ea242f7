#pragma once

#include "common/base/time.hpp"
#include "mqtt-gateway/node/publications.hpp"
#include "mqtt-gateway/node/uplink.hpp"
#include "mqtt-gateway/session/session.hpp"
#include "mqtt-gateway/store/records.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weft::gateway {

class DeviceConnection;

/// A client identifier and what it has: its session, and how that hangs together with the mesh.
/// Threading: loop-confined.
struct Device {
    /// Who is told what has become of a delivery: the mesh, or, if `entry` is not 0, the store.
    struct Held {
        Arrival arrival{};
        mqtt_store::EntryNumber entry = 0;
        bool is_removed = false;  // from the queue: its packet identifier stands for it
    };
    /// Its queue in the store.
    struct Queue {
        mqtt_store::EntryNumber read = 0;  // all up to it were given to the session
        mqtt_store::EntryNumber last = 0;
        /// The youngest that there was when the gateway began: an older one may have sent it.
        mqtt_store::EntryNumber known = 0;
        bool reading = false;

        bool is_read() const { return read >= last; }
        /// The session has all packet identifiers that its device may know.
        bool has_ids() const { return read >= known; }
    };

    /// Settings and counters must outlive it.
    Device(DeviceId number,
           std::string client_id,
           std::uint64_t birth,
           const session::Settings& settings,
           session::Counters& counters)
        : id{number}, session{std::move(client_id), birth, settings, counters} {}
    /// One that the store has.
    Device(DeviceId number,
           const mqtt_store::KnownSession& known,
           session::SessionRow row,
           Instant since,
           const session::Settings& settings,
           session::Counters& counters)
        : id{number},
          session{known.row.client_id, settings, counters, std::move(row), since},
          stored{known.number},
          queue{.last = known.last, .known = known.last} {}

    DeviceId id;
    session::Session session;
    mqtt_store::SessionNumber stored{};  // none: the store has nothing of it
    Queue queue{};
    DeviceConnection* connection = nullptr;  // null: it is not there
    std::string user;                        // authenticated; empty: anonymous
    bool is_inherited = false;               // another gateway had its session
    bool is_lost = false;  // another gateway has the session: nothing is done for it any more

    std::shared_ptr<PublishAccount> account{};  // null: it has not published yet
    /// What its publishes are called beyond; as many as it may have under way.
    std::vector<std::pair<session::PublishTicket, PublicationId>> publishes{};
    /// Deliveries whose end the mesh is told.
    std::vector<std::pair<session::DeliveryToken, Held>> deliveries{};
    std::uint64_t last_token = 0;
    std::vector<ReceptionId> exclusive{};  // links of its own
    /// Credit that each of these was given; kNoShare: it is to be given anew.
    static constexpr std::uint32_t kNoShare = 0xffff'ffff;
    std::uint32_t share = kNoShare;
    Instant planned = kNever;  // when its session is to be called

    /// Messages that it can take at once.
    std::uint32_t credit() const { return queue.has_ids() ? session.credit() : 0; }

    /// Its session outlives the gateway.
    bool is_kept() const {
        return stored != mqtt_store::SessionNumber{} && session.life().expiry_seconds != 0;
    }
    /// The packet identifier of a message of its queue: the same whoever sends it.
    static mqtt::PacketId packet_of(mqtt_store::EntryNumber entry) {
        constexpr mqtt_store::EntryNumber kIds = 0xffff - session::kGivenIdMax;
        return static_cast<mqtt::PacketId>(session::kGivenIdMax + 1 + (entry - 1) % kIds);
    }
    session::DeliveryToken hold(const Held& held) {
        const session::DeliveryToken token{++last_token};
        deliveries.emplace_back(token, held);
        return token;
    }
    /// It has no such delivery any more. Nothing: it had none.
    std::optional<Held> release(session::DeliveryToken token) {
        const auto found =
            std::ranges::find(deliveries, token, &std::pair<session::DeliveryToken, Held>::first);
        if (found == deliveries.end()) {
            return std::nullopt;
        }
        const Held held = found->second;
        deliveries.erase(found);
        return held;
    }
    /// The session has a message of its queue.
    bool holds(mqtt_store::EntryNumber entry) const {
        return std::ranges::any_of(deliveries,
                                   [&](const auto& each) { return each.second.entry == entry; });
    }
    /// The message has left its queue, with its packet identifier in its place. Returns the entry;
    /// 0: it is no message of its queue.
    mqtt_store::EntryNumber remove_from_queue(session::DeliveryToken token) {
        const auto found =
            std::ranges::find(deliveries, token, &std::pair<session::DeliveryToken, Held>::first);
        if (found == deliveries.end()) {
            return 0;
        }
        found->second.is_removed = true;
        return found->second.entry;
    }
    /// 0: there is none.
    PublicationId publication_of(session::PublishTicket ticket) const {
        for (const auto& [name, publication] : publishes) {
            if (name == ticket) {
                return publication;
            }
        }
        return 0;
    }
    void forget_publish(session::PublishTicket ticket) {
        std::erase_if(publishes, [&](const auto& each) { return each.first == ticket; });
    }
};

}  // namespace weft::gateway
