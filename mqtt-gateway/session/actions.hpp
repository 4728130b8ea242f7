#pragma once

#include "common/base/bytes.hpp"
#include "mqtt-gateway/codec/packets.hpp"
#include "mqtt-gateway/session/message.hpp"
#include "mqtt-gateway/session/serials.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// What a connection and its session ask their owner to do. Views are valid until the next call of
/// either. What is not answered at once is answered later, in any order, unless it says otherwise.
/// Threading: not shared (values).
namespace weft::session {

/// A publish of a session; never 0.
enum class PublishTicket : std::uint64_t {};
/// A subscription of a session; never 0, and never used again.
enum class SubscriptionNumber : std::uint32_t {};
/// What was asked of the store, counted up; 0: nothing.
using StoreTicket = std::uint64_t;
/// What the owner calls a delivery that it wants to hear of; 0: none.
enum class DeliveryToken : std::uint64_t {};

/// One entry of a SUBSCRIBE or UNSUBSCRIBE. `request` 0: of a session that was loaded.
struct SubscribeTicket {
    std::uint32_t request = 0;
    SubscriptionNumber subscription{};
    std::uint32_t entry = 0;

    bool operator==(const SubscribeTicket&) const = default;
};

// --- connecting --------------------------------------------------------------------------------

/// Who is it? Answered by Connection::on_authenticated.
struct Authenticate {
    std::string_view client_id{};  // made by us if the client has none
    bool assigned = false;         // so it was
    std::optional<std::string_view> user_name{};
    std::optional<Bytes> password{};
};
/// The session of that client id: the one in memory, taken away from the connection that has it
/// (Connection::close with session_taken_over, carried out before), or one made from the row in the
/// store, or a new one. Answered by Connection::on_session, or by Connection::refuse. With
/// `clean_start` its row need not be read: what the session has is thrown away.
struct OpenSession {
    std::string_view client_id{};
    bool clean_start = false;
    const WillMessage* will = nullptr;  // whether it may be published is decided now
};
/// Nothing more is read from the connection, and `Output::bytes` are the last. The session, if
/// there was one, does not have the connection any more. What a client is to read must reach it:
/// send, half-close, read on to the end or a while, close. `why` is for the log.
struct Close {
    mqtt::Reason reason = mqtt::Reason::success;
    std::string_view why{};
    bool by_client = false;  // it said DISCONNECT
};

// --- from the device ---------------------------------------------------------------------------

/// To the mesh. With a ticket (QoS 1 and 2): answered by Session::on_published; what is needed to
/// send it again is kept until the answer was final (see Taken), or Abandon. Without (QoS 0): sent
/// settled, or dropped and counted. The topic is the name as it was meant: aliases are resolved.
struct Publish {
    PublishTicket ticket{};
    std::string_view topic{};
    Bytes payload{};
    mqtt::Properties properties{};  // topic alias among them, which means nothing any more
    mqtt::Qos qos = mqtt::Qos::at_most_once;
    bool retain = false;
    Use use{};  // of QoS 2: with the session's birth it names the message, for ever
};
/// The same message again. Answered in the same way.
struct Republish {
    PublishTicket ticket{};
};
/// No longer wanted: an answer to it means nothing.
struct Abandon {
    PublishTicket ticket{};
};

/// Answered by Session::on_subscribed, once the mesh has attached. Later ones for the same
/// subscription number, and an Unsubscribe, are carried out after this one.
struct Subscribe {
    SubscribeTicket ticket{};
    std::string_view filter{};  // without $share/GROUP/
    std::string_view group{};   // empty: not shared
    mqtt::Qos qos = mqtt::Qos::at_most_once;
    bool existing = false;       // its options change, or it was loaded
    bool send_retained = false;  // deliver those that match, to it alone, once it is granted
};
/// Answered by Session::on_unsubscribed, unless `ticket.request` is 0: then nobody waits.
struct Unsubscribe {
    SubscribeTicket ticket{};
};

// --- to the device -----------------------------------------------------------------------------

enum class Settlement : std::uint8_t {
    accepted,  // the device has it, or it has expired
    rejected,  // it will never get it: refused by it, or larger than it takes
    released,  // not now
    unwanted,  // its subscriptions leave it out: not to come again; of a queue, others may have it
};
/// Of a delivery with a token. Its link may then have credit again: Session::credit.
struct Settle {
    DeliveryToken token{};
    Settlement settlement = Settlement::accepted;
};

// --- the store -----------------------------------------------------------------------------------
// Carried out in this order. Those with a ticket are answered by Session::on_stored once they, and
// all before, are durable. Only sessions that outlive their connection, or have a will, ask.

/// Epoch, expiry and will: Session::epoch and its like. Subscriptions and ids have their own.
struct StoreSession {
    StoreTicket ticket = 0;
};
struct StoreSubscription {
    StoreTicket ticket = 0;
    SubscriptionNumber number{};  // SubscriptionTable::find
};
struct ForgetSubscription {
    StoreTicket ticket = 0;
    std::string_view filter{};  // as subscribed, $share/GROUP/ in front
};
/// A packet id of the device's QoS 2 publishes. Taken: the mesh has the message; PUBREC waits. Not
/// taken: it becomes free, and this is its next use; PUBCOMP waits, or a PUBREC that says why the
/// mesh refused: a client may then use it for another message.
struct StoreIncoming {
    StoreTicket ticket = 0;
    Use use{};
    bool taken = false;
};
/// Ids that are free have the base from now on, and their rows can go; those in `under_way` are to
/// have one, unless theirs says that the mesh has the message. What the device sends next waits: it
/// has a name of the base, and is to have it after a kill, too.
struct StoreSerials {
    StoreTicket ticket = 0;
    std::uint64_t base = 0;
    std::vector<Use> under_way{};
};
/// A packet id of a QoS 2 message: whoever goes on with the session tells the device to forget it,
/// before it means another one. With a token: the device has that message, and what the owner has
/// of it goes; PUBREL, and settling, wait. Without: nobody but the session has it, and PUBLISH
/// waits.
struct StoreOutgoing {
    StoreTicket ticket = 0;
    mqtt::PacketId id = 0;
    DeliveryToken token{};
};
/// All that was asked before is durable; PUBLISH of QoS 2 waits: for what gives the message its id,
/// and for what says that this is no other's any more.
struct AwaitStore {
    StoreTicket ticket = 0;
};
/// It is free.
struct ForgetOutgoing {
    mqtt::PacketId id = 0;
};
/// All of it.
struct EraseSession {};

// --- the end -------------------------------------------------------------------------------------

/// To be published like any message. What is asked of the store after it waits until the mesh has
/// it, so that it is published once whoever dies.
struct FireWill {
    WillMessage will;
    std::uint64_t epoch = 0;  // of the connection that it is of; with the birth it is its name
};
/// The session has nothing any more, and is destroyed by its owner. Tickets were its own: what is
/// answered later is not told to another one of that client id.
struct Ended {};

using Action = std::variant<Authenticate,
                            OpenSession,
                            Close,
                            Publish,
                            Republish,
                            Abandon,
                            Subscribe,
                            Unsubscribe,
                            Settle,
                            StoreSession,
                            StoreSubscription,
                            ForgetSubscription,
                            StoreIncoming,
                            StoreSerials,
                            StoreOutgoing,
                            AwaitStore,
                            ForgetOutgoing,
                            EraseSession,
                            FireWill,
                            Ended>;
using Actions = std::vector<Action>;

/// Owned by the caller, and reused. Bytes are for the connection of the session; all of them go out
/// before a Close among the actions is carried out.
struct Output {
    Buffer bytes{};
    Actions actions{};
    // Memory that this room reuses; views in `actions` may point into it.
    Buffer scratch{};
    std::vector<std::uint32_t> identifiers{};
    std::string text{};

    void clear() {
        bytes.clear();
        actions.clear();
    }
};

// --- answers
// ---------------------------------------------------------------------------------------

/// What the mesh said of a publish. Which the device hears: README.md has the table.
enum class Taken : std::uint8_t {
    // final
    accepted,
    no_subscribers,  // released on a multicast or topic address: nobody listens
    undeliverable,   // modified, undeliverable-here
    unauthorized,
    not_found,
    too_large,
    resource_limit,
    invalid,  // precondition failed, or can't be decoded
    refused,  // rejected for another reason
    // not final: what is needed to send it again is kept until Republish or Abandon
    no_consumer,  // no credit; released on an anycast or queue address; modified, delivery failed
    unknown,      // the link was lost before the outcome
    late,  // QoS 2: somebody has it and does not say a word; another answer follows in any case
};
constexpr bool is_final(Taken taken) noexcept {
    return taken < Taken::no_consumer;
}

}  // namespace weft::session
