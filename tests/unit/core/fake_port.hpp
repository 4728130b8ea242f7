#pragma once

#include "common/wire/delivery_state.hpp"
#include "router/core/core.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace weft::router {

using wire::is_terminal;
using wire::kAccepted;
using wire::kModifiedFailed;
using wire::kReceived;
using wire::kReleased;
using wire::Outcome;
using wire::outcome_of;
using wire::rejected;

/// A delivery as a consumer got it.
struct Got {
    DeliveryId id = 0;
    std::uint64_t context = 0;
    bool settled = false;
    bool complete = false;
    bool aborted = false;
    bool known = false;  // unsettled: the consumer may still change it
    Buffer bytes;
    Buffer state;  // the router's last word
    bool settled_by_router = false;
    std::uint32_t message_format = 0;
    Provenance provenance;
    std::string sent_to;  // to another loop

    std::string_view text() const { return as_text(bytes); }
};

/// What a producer heard of a delivery.
struct Told {
    DeliveryId id = 0;
    Buffer state;
    bool settled = false;

    Outcome outcome() const { return outcome_of(state); }
};

/// One link as its peer sees it. Stays after the detach, so that tests can look at it.
struct Peer {
    Link* link = nullptr;  // null once detached
    std::string address;   // as echoed
    std::uint16_t capacity = 0;
    std::uint16_t session = 0;

    // of a consumer
    std::uint32_t credit = 0;
    bool drain = false;
    int drained = 0;         // times that the router used the credit up
    bool receiving = false;  // the last of `got` is under way
    std::vector<Got> got;

    // of a producer
    std::uint32_t may_send = 0;
    bool asked_to_drain = false;
    std::string reach;     // of an edge router: what it was told, + others receive, - they don't
    bool sending = false;  // the rest of `sending_id` is to come
    bool sending_settled = false;
    bool rest_unwanted = false;
    DeliveryId sending_id = 0;
    std::uint64_t sending_context = 0;
    std::map<DeliveryId, std::uint64_t> unsettled;  // with the core's context
    std::vector<Told> told;
    std::ptrdiff_t held = 0;

    std::size_t complete() const;
    /// The texts of the complete deliveries, joined by ','.
    std::string texts() const;
    /// The settled outcome of a delivery; none if there is none yet.
    Outcome outcome(DeliveryId id) const;
};

/// A connection that behaves as the AMQP engine does, and its peer, as tests play it.
///
/// `faults` collects every call that the engine could not serve or that would break the protocol:
/// transfers without credit, interleaving, changes of deliveries that nobody knows, contexts that
/// are dead.
class FakePort final : public Port {
public:
    static constexpr std::size_t kEndless = std::numeric_limits<std::size_t>::max();

    /// `now` is what time it is for whoever uses it.
    FakePort(Core& core, const Instant& now, const Traits& traits = Traits::of_client());
    ~FakePort() override;  // detaches all
    FakePort(const FakePort&) = delete;
    FakePort& operator=(const FakePort&) = delete;

    /// Attaches and activates. Throws if the core refuses.
    Peer& attach(AttachRequest request);
    Peer& producer(std::string_view address, std::uint16_t capacity = 250);
    Peer& consumer(std::string_view address, std::uint32_t credit = 100);
    /// Attaches a link of a relay to the mobile address `name`, and activates it. `far`: it stands
    /// for the containers of that router. `loop`: out, which one it leads to.
    Peer& relay(Direction direction,
                std::string_view name,
                const Treatment& treatment = {},
                RouterIndex far = kNoRouter,
                std::uint32_t loop = 0);
    void detach(Peer& peer);
    /// The core was told that a session is over, with its links.
    void forget(std::uint16_t session);
    /// The connection is about to be lost: all its links go with it, without a word.
    void forget_all();

    /// Of a neighbour: what its data links belong to; made once.
    Trunk& trunk();
    /// A data link, activated; one to the neighbour with `credit`.
    Peer& data(Direction direction, std::uint8_t priority = 0, std::uint32_t credit = 250);
    /// The neighbour accepts the links for streams that it was asked for.
    void accept_streams(std::uint32_t credit = 250);
    void refuse_streams();
    std::size_t streams_asked() const { return asked_.size(); }
    bool may_open_streams = true;
    std::uint64_t grants = 0;  // so often a producer was told of credit

    struct Frame {
        bool settled = false;
        bool more = false;
        bool aborted = false;
        bool ignore_credit = false;
        bool presettled = false;     // a neighbour says that nobody waits for the outcome
        std::uint8_t crossings = 0;  // from loop to loop so far
        std::uint32_t message_format = 0;
        Bytes state = {};
        std::string_view sent_to = {};  // from another loop, for wildcards
    };
    /// A producer sends a frame: of the delivery under way, or of a new one.
    DeliveryId send(Peer& producer, Bytes payload, Frame frame);
    DeliveryId send(Peer& producer, Bytes payload) { return send(producer, payload, Frame{}); }
    DeliveryId send(Peer& producer, std::string_view text) {
        return send(producer, as_bytes(text), Frame{});
    }
    /// The id of the delivery that one of its producers begins next.
    DeliveryId next_incoming_id() const { return next_in_; }
    /// A producer settles a delivery that it sent.
    void settle_sent(Peer& producer, DeliveryId id, Bytes state = {});
    /// A producer states something of a delivery that it sent, and does not settle it.
    void state_sent(Peer& producer, DeliveryId id, Bytes state);
    /// A producer gives back the credit that it was asked to.
    void give_back(Peer& producer);

    void give_credit(Peer& consumer, std::uint32_t credit, bool drain = false);
    /// A consumer changes what it got; it must be `known`.
    void update(Peer& consumer, DeliveryId id, Bytes state, bool settled);
    void accept(Peer& consumer, DeliveryId id) { update(consumer, id, kAccepted, true); }
    void accept_all(Peer& consumer);

    /// The peer read: so many bytes may be written again.
    void make_room(std::size_t bytes);
    std::size_t room = kEndless;
    /// The peer takes so many more transfers on a session.
    void set_window(std::uint16_t session, std::size_t frames);
    std::size_t tries = 0;  // transfers that the core asked for
    std::size_t spent = 0;  // of the turns of its connection
    bool slow = false;      // it says that its peer has much to read

    /// All contexts that peers may still name belong to live objects.
    void check_contexts();

    Connection& connection() { return connection_; }
    std::vector<std::unique_ptr<Peer>>& peers() { return peers_; }
    std::vector<std::string> faults;

private:
    Peer& add_peer(std::uint16_t capacity);
    Peer& peer_of(const Link& link);
    Peer* live(const Link& link, const char* call);
    void expect(bool condition, const std::string& what);
    Got* known(Peer& peer, DeliveryId id);

    Sent transfer(Link& link, const OutgoingHead& head, Bytes payload, bool more) override;
    void abort(Link& link) override;
    void update(Link& link, DeliveryId id, Bytes state, bool settled) override;
    bool reads_slowly(const Link&) const override { return slow; }
    void grant(Link& link, std::uint32_t credit, bool drain) override;
    void drain(Link& link) override;
    void tell_reach(Link& link, bool others) override;
    void drained(Link& link) override;
    void hold(Link& link, std::ptrdiff_t bytes) override;
    void spend(Link&, std::size_t steps) override { spent += steps; }
    bool attach(Link& link) override;

    Core& core_;
    const Instant& now_;
    Connection& connection_;
    bool awaits_room_ = false;
    std::map<std::uint16_t, std::size_t> windows_;  // by session; endless of one that is not there
    std::set<std::uint16_t> awaits_window_;
    DeliveryId next_in_ = 1;
    DeliveryId next_out_ = 1;
    std::vector<std::unique_ptr<Peer>> peers_;
    std::vector<Peer*> asked_;  // links for streams that the neighbour has not answered
};

/// A message with one data section, and nothing before it.
Buffer plain_message(std::string_view body);
/// A message with `to` in its properties; `before` is a string of so many bytes in front of it.
Buffer addressed_message(std::string_view to, std::string_view body, std::size_t before = 0);
/// A message with annotations: one of a client, and one of a router if `routers`.
Buffer annotated_message(std::string_view body, bool routers);

}  // namespace weft::router
