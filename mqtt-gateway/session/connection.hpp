#pragma once

#include "mqtt-gateway/codec/framer.hpp"
#include "mqtt-gateway/session/actions.hpp"
#include "mqtt-gateway/session/counters.hpp"
#include "mqtt-gateway/session/greeting.hpp"
#include "mqtt-gateway/session/peer.hpp"
#include "mqtt-gateway/session/session.hpp"

#include <cstdint>
#include <memory>
#include <string_view>

namespace weft::session {

/// A client's connection: from its first byte to the last. README.md has its life as a picture.
///
/// What stands in `out` after a call is carried out before the next call of this or its session.
/// The owner looks at `deadline` and `is_reading` after each call of either: an answer to the
/// session may let a connection read on, from bytes that are there already.
///
/// Threading: loop-confined, with its session.
class Connection {
public:
    /// `unique`: random, and not to be guessed; it names a client that has no name. Settings and
    /// counters must outlive this.
    Connection(const Settings& settings, Counters& counters, std::uint64_t unique, Instant now);
    /// Its session was taken away: `on_lost`, or Close.
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    // --- the socket ----------------------------------------------------------------------------
    /// Reads one packet, its bytes moved past in `in`. True: there may be more in `in`; else all
    /// of `in` was used, or is_reading() is false and the rest is given again later. What `out` has
    /// then points into `in`.
    bool read(Bytes& in, Instant now, Output& out);
    /// Bytes are wanted. False: something has to be answered first (the socket need not be read),
    /// or this is closed.
    bool is_reading() const;
    /// The socket has (no longer) more to send than it should: QoS 0 is dropped, all else waits.
    void set_congested(bool congested, Instant now, Output& out);
    /// It is gone, or no longer to be waited for. Also after Close; then nothing happens.
    void on_lost(Instant now, Output& out);

    // --- answers -------------------------------------------------------------------------------
    /// To Authenticate: success, or bad_user_name_or_password, not_authorized, banned,
    /// server_unavailable. `why`: for the client, a reason string.
    void on_authenticated(mqtt::Reason reason, std::string_view why, Output& out);
    /// To OpenSession: one with that client id, which no connection has. It must outlive this, or
    /// lose it before (Close).
    void on_session(Session& session, Instant now, Output& out);
    /// To Authenticate or OpenSession: not now (server_unavailable, use_another_server), too many
    /// (quota_exceeded, connection_rate_exceeded), not with that will (not_authorized).
    void refuse(mqtt::Reason reason, std::string_view why, Output& out);

    // --- time, the end -------------------------------------------------------------------------
    void on_time(Instant now, Output& out);
    /// When on_time has something to do; kNever.
    Instant deadline() const;
    /// The server wants it: session_taken_over, server_shutting_down, administrative_action, …
    /// The will is published, after its delay. `why`: a reason string, and for the log.
    void close(mqtt::Reason reason, std::string_view why, Instant now, Output& out);

    Peer::Phase phase() const { return peer_.phase(); }
    mqtt::Version version() const { return peer_.version(); }
    /// Null before on_session and after Close.
    Session* session() const { return peer_.has_session() ? session_ : nullptr; }
    std::uint16_t keep_alive_seconds() const { return peer_.keep_alive().seconds(); }

private:
    void on_packet(const mqtt::Packet& packet, Instant now, Output& out);
    void on_fault(const mqtt::Fault& fault, Instant now, Output& out);
    void on_connect(const mqtt::Connect& connect, Instant now, Output& out);
    void on_publish(const mqtt::Publish& publish, Instant now, Output& out);
    void on_disconnect(const mqtt::Disconnect& disconnect, Instant now, Output& out);
    void violate(mqtt::Reason reason, std::string_view why, Instant now, Output& out);
    void leave(const Departure& departure, Instant now, Output& out);

    const Settings& settings_;
    Counters& counters_;
    std::uint64_t unique_;
    mqtt::Framer framer_;
    std::size_t progress_ = 0;  // of the packet that is not there as a whole
    Peer peer_;
    AliasesIn aliases_;
    std::unique_ptr<Greeting> greeting_;  // until the session is there
    std::uint32_t expiry_asked_ = 0;      // by CONNECT
    Session* session_ = nullptr;          // means something while the peer has one
};

}  // namespace weft::session
