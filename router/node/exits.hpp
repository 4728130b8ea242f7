#pragma once

#include "common/base/keyed_hash.hpp"
#include "common/base/serial.hpp"
#include "router/core/core.hpp"
#include "router/node/delivery_table.hpp"
#include "router/node/outbox.hpp"
#include "router/node/slab.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weft::node {

/// The ways out to the consumers of other loops: what our core sends there, and what those say of
/// it. An exit goes, at the end of a turn, once nobody wants it and nothing that was sent there can
/// be answered any more.
///
/// A way carries one delivery at a time, so what is not whole takes one of its own beside the exit:
/// nobody waits for its producer. The exit's credit is for both: what waits beside it for its turn
/// has some of it kept, and gives that back if it goes nowhere. A way beside it goes once it has
/// nothing under way.
///
///   exit:    wanted ──withdrawn──▶ unwanted ──nothing is under way, nor beside it──▶ gone
///   stream:  made for a delivery, which may share it with others ──nothing is under way──▶ gone
///
/// Threading: loop-confined.
class Exits {
public:
    /// Bytes of one exit, payload and states, that the other side has not passed on; and of a
    /// stream.
    static constexpr std::size_t kBytesMax = 4 * 1024 * 1024;
    static constexpr std::size_t kStreamBytesMax = 1024 * 1024;
    /// Ways for streams beside an exit; what comes then waits for those that one of them has.
    static constexpr std::size_t kStreamsMax = 200;

    /// Of so many loops; `connection` is the relay's.
    Exits(router::Core& core, router::Connection& connection, Outbox& outbox, std::size_t loops)
        : core_{core}, connection_{connection}, outbox_{outbox}, keys_(loops) {}

    // What the core says of `link`, as router::Port.
    wire::Sent transfer(router::Link& link,
                        const router::OutgoingHead& head,
                        Bytes payload,
                        bool more);
    void abort(router::Link& link);
    void update(router::Link& link, wire::DeliveryId id, Bytes state, bool settled);
    void drained(router::Link& link);
    bool attach(router::Link& link);
    static router::Link* stream_beside(const router::Link& link);
    void spared(router::Link& link);
    /// The loop that it leads to.
    static std::size_t loop_of(const router::Link& link) { return exit_of(link).loop; }

    // What another loop says.
    void announced(std::size_t from, const Record& record, Bytes bytes, Instant now);
    void withdrawn(std::size_t from, std::string_view key, Instant now);
    /// `update_from_consumer` or `credit`.
    void take_record(const Record& record, Bytes bytes, Instant now);

    /// An exit has credit again that was kept for what waited beside it: `go_on` is to be called,
    /// not within a call of the core's.
    bool has_work() const { return !spared_.empty(); }
    void go_on(Instant now);
    /// At the end of the turn.
    void leave_idle(Instant now);

private:
    /// A consumer in our core that stands for those of another loop: the way out to it. Or a link
    /// beside that, for streams.
    struct Exit {
        router::Link* link = nullptr;
        Exit* main = nullptr;         // of a stream: whose credit it uses; it outlives this
        std::vector<Exit*> streams;   // beside this
        std::size_t next_stream = 0;  // of these, to be shared
        std::size_t loop = 0;
        std::uint32_t id = 0;
        bool wanted = false;   // the other side has consumers
        bool leaving = false;  // stands in leaving_
        bool spared = false;   // stands in spared_
        wire::DeliveryId current = 0;
        wire::DeliveryId last_delivery = 0;
        std::uint32_t sent = 0;   // deliveries started, beside it too, or given up by draining
        std::uint32_t limit = 0;  // of them, that the other side allows
        std::uint32_t kept = 0;   // of these, for what waits beside it and has not started
        std::uint32_t asked = 0;  // the last ask of the other side for the rest
        std::ptrdiff_t room = kBytesMax;  // bytes that may go yet
        bool starved = false;             // took less than it was given
        bool names_bringers = false;      // of deliveries: who takes them asks
        DeliveryTable unsettled;

        /// Neither side wants anything of it, as far as is known here: of a stream the core may.
        bool is_idle() const {
            return !wanted && unsettled.empty() && current == 0 && streams.empty();
        }
        /// More is allowed now. Deliveries on the way when the limit was lowered have passed it.
        std::uint32_t credit() const { return ahead(limit, sent + kept); }
        bool may_leave() const { return is_idle() && (main == nullptr || link->queue.empty()); }
    };
    using ByKey = boost::unordered_flat_map<std::string, Exit*, TextHash, std::equal_to<>>;

    static Exit& exit_of(const router::Link& link) {
        return *reinterpret_cast<Exit*>(link.port_link);
    }
    Buffer bringer_of(const router::OutgoingHead& head) const;
    static void append_name(Buffer& out, std::string_view name);
    Exit& make(std::size_t loop, bool names_bringers);
    Exit& make_main(std::size_t from, const Record& record, std::string_view key);
    void take_update(Exit& exit, const Record& record, Bytes state, Instant now);
    void take_credit(Exit& exit, const Record& record, Instant now);
    void leave_if_idle(Exit& exit);
    void leave(Exit& exit, Instant now);

    router::Core& core_;
    router::Connection& connection_;
    Outbox& outbox_;
    std::vector<ByKey> keys_;  // by loop
    boost::unordered_flat_map<std::uint32_t, std::unique_ptr<Exit>> exits_;
    std::vector<std::uint32_t> leaving_;
    std::vector<std::uint32_t> spared_;
    std::uint32_t last_ = 0;
};

}  // namespace weft::node
