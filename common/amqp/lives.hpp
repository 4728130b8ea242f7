#pragma once

#include <cstdint>

/// The lives of a connection, a session and a link, seen from our side, and every transition that
/// they may make. The pictures are in the README of this folder. Spec: AMQP 1.0 §2.4.6, §2.5.5,
/// §2.6
namespace weft::amqp {

enum class ConnectionLife : std::uint8_t {
    handshake,          // protocol headers and SASL
    headers_exchanged,  // server: the peer's open is awaited
    open_pipe,          // client: our open is sent, the AMQP header of the peer's is awaited
    open_sent,          // client: the peer's open is awaited
    opened,
    close_sent,  // the peer's close is awaited
    over,        // nothing is read or said any more; on_close is owed
    reported,    // on_close was called
};

enum class SessionLife : std::uint8_t {
    begun,   // our begin is sent, the peer's is awaited
    mapped,  // both are exchanged
    // The handler knows no more of it:
    withdrawn,  // ended before the peer's begin came
    ending,     // our end is sent, the peer's is awaited
    gone,
};

enum class LinkLife : std::uint8_t {
    asked,    // the peer attached, the handler has not answered
    offered,  // our attach is sent, the peer's is awaited
    attached,
    // Of a link that passes:
    answering,  // the peer detached, the handler is to answer
    departing,  // our detach is sent, and the handler is to hear the peer's
    // The handler knows no more of it:
    withdrawn,  // detached before the peer's attach came
    detaching,  // our detach is sent, the peer's is awaited
    gone,
};

constexpr bool may_follow(ConnectionLife from, ConnectionLife to) {
    using enum ConnectionLife;
    switch (from) {
        case handshake:
            return to == headers_exchanged || to == open_pipe || to == over;
        case headers_exchanged:
            return to == opened || to == over;
        case open_pipe:
            return to == open_sent || to == close_sent || to == over;
        case open_sent:
            return to == opened || to == close_sent || to == over;
        case opened:
            return to == close_sent || to == over;
        case close_sent:
            return to == over;
        case over:
            return to == reported;
        case reported:
            break;
    }
    return false;
}

constexpr bool may_follow(SessionLife from, SessionLife to) {
    using enum SessionLife;
    switch (from) {
        case begun:
            return to == mapped || to == withdrawn || to == gone;
        case mapped:
            return to == ending || to == gone;
        case withdrawn:
            return to == ending;
        case ending:
        case gone:
            break;
    }
    return false;
}

constexpr bool may_follow(LinkLife from, LinkLife to) {
    using enum LinkLife;
    switch (from) {
        case asked:
            return to == attached || to == detaching || to == gone;
        case offered:
            return to == attached || to == withdrawn || to == gone;
        case attached:
            return to == detaching || to == gone || to == answering || to == departing;
        case answering:
        case departing:
            return to == gone;
        case withdrawn:
            return to == detaching;
        case detaching:
        case gone:
            break;
    }
    return false;
}

}  // namespace weft::amqp
