#pragma once

#include "common/base/bytes.hpp"
#include "common/base/out_buffer.hpp"
#include "common/base/time.hpp"
#include "common/security/protection.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace weft::io {

class Loop;
class Upgrade;

/// What a peer that does not read is allowed.
struct OutputBounds {
    /// While more bytes than this are unwritten, and the system takes none, nothing is read from
    /// the peer. 0: any number.
    std::size_t bytes = 0;
    /// With more than this unwritten it is dropped, whether it reads or not. 0: with no number.
    std::size_t most = 0;
    /// If nothing of its output gets away for so long, the connection is dropped. 0: never.
    Duration stall{};
};

/// What speaks over a transport: AMQP, MQTT, HTTP. Driven by the transport's loop.
///
/// No call is made from within another call of the same protocol. One that throws ends the
/// connection. If on_lost itself throws, protocol and transport are kept for ever: others may still
/// refer to them.
/// Threading: loop-confined (the transport's loop).
class Protocol {
public:
    virtual ~Protocol() = default;

    /// Takes all of `in`, at most Loop::kReadSize bytes; the view dies with the call.
    virtual void on_bytes(Bytes in, Instant now) = 0;
    /// It keeps some of what it was given, since that costs more than a turn may: on_bytes comes
    /// again, with nothing new, in a turn of its own, and nothing is read before.
    virtual bool holds_input() const { return false; }
    /// False: nothing is read until it says otherwise, which it is asked when output was written or
    /// the transport is woken. For protocols whose peers may wait, not for AMQP.
    virtual bool wants_input() const { return true; }
    /// Output is about to be written: what was held back to be coalesced goes to it now.
    virtual void before_write() = 0;
    virtual OutBuffer& output() = 0;
    /// Some output was written: there is room again.
    virtual void on_written() = 0;
    /// Nothing more is read or produced: the transport closes once the output is written.
    virtual bool finished() const = 0;
    /// The peer ended its side. True: an answer is still due, and it is finished after that; false:
    /// the transport is lost.
    virtual bool answers_after_end() { return false; }
    /// The transport is gone. The last call: protocol and transport are destroyed after it.
    virtual void on_lost(std::string_view why) = 0;
    /// The peer's certificate was taken back. True: it is told so, and the protocol is finished as
    /// soon as it was; false: there is no word for it, and the transport is lost.
    virtual bool on_revoked(std::string_view /*why*/) { return false; }
    /// When `on_tick` has something to do; looked at every Loop::kSweepPeriod, or see
    /// Transport::tick_exactly.
    virtual Instant deadline() const = 0;
    virtual void on_tick(Instant now) = 0;
    virtual OutputBounds output_bounds() const { return {}; }
    /// Asked once, when finished and written: the connection goes on as a WebSocket instead.
    virtual std::unique_ptr<Upgrade> upgrade();
};

/// A connection that carries bytes, as its protocol sees it.
///
/// Lives until `on_lost` of its protocol returned. A peer that does not read itself is not read
/// from, see OutputBounds.
/// Threading: loop-confined.
class Transport {
public:
    /// A protocol that is finished or closed has this long until its output is written,
    static constexpr Duration kDrainMax = std::chrono::seconds{10};
    /// and its peer this long to close its side after that.
    static constexpr Duration kLingerMax = std::chrono::seconds{1};

    virtual ~Transport() = default;

    /// The protocol has output, or `before_write` will make some: it is written before the loop
    /// turns to the next connection. Not needed inside on_bytes and on_tick. Cheap when repeated.
    virtual void wake() = 0;
    /// From now on `on_tick` comes when the deadline does, not with the sweep after it: for a
    /// protocol whose deadlines are nearer than that. Costs a timer.
    virtual void tick_exactly() = 0;
    /// Reads once what has come already, without waiting for this connection's turn to be read
    /// from, and not from within a call of any protocol: they share a buffer. A stream that reads
    /// ahead has nothing more.
    virtual void read_now() {}
    /// Closes once the output is written. Idempotent.
    virtual void close() = 0;
    /// Drops the connection as it is; on_lost follows with `why`. Does not throw.
    virtual void abort(std::string_view why) = 0;
    /// "127.0.0.1:40312"
    virtual const std::string& peer() const = 0;
    /// How it is protected, and who the peer showed to be.
    virtual const security::Protection& security() const = 0;
    virtual Loop& loop() = 0;
};

/// Within a catch: logs what was caught, and ends the connection for it. Uses no memory that it
/// could be denied.
void end_for_exception(Transport& transport) noexcept;

/// Runs `f`, a call of the transport's protocol: an exception ends this connection and nothing
/// else. The transport's own calls are run so; others, of timers and posted functions, are the
/// protocol's to run so.
template <class F>
void guard(Transport& transport, F&& f) noexcept {
    try {
        std::forward<F>(f)();
    } catch (...) {
        end_for_exception(transport);
    }
}

/// Makes the protocol of a new transport, which outlives it. See open.hpp.
using ProtocolFactory = std::function<std::unique_ptr<Protocol>(Transport&)>;

}  // namespace weft::io
