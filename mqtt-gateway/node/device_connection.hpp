#pragma once

#include "common/base/out_buffer.hpp"
#include "common/io/transport.hpp"
#include "mqtt-gateway/node/device.hpp"
#include "mqtt-gateway/node/door.hpp"
#include "mqtt-gateway/session/connection.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace weft::gateway {

class Devices;

/// A device's connection over TCP or WebSocket: bytes ⇄ session::Connection. What that asks for,
/// Devices carries out.
///
///   open ──Close, or the transport is lost──▶ finished ──all is written──▶ gone
///
/// Invariants:
///   V1  what was not read yet is kept only while an answer is waited for, and then nothing more is
///       taken from the socket
///
/// Threading: loop-confined (the transport's loop).
class DeviceConnection final : public io::Protocol {
public:
    /// Bytes of output beyond which it is congested, and at which no longer.
    static constexpr std::size_t kCongested = std::size_t{64} * 1024;
    static constexpr std::size_t kUncongested = std::size_t{16} * 1024;
    /// Bytes of output beyond which it is not read from, or is dropped.
    static constexpr std::size_t kUnreadMax = std::size_t{256} * 1024;
    static constexpr std::size_t kOutputMax = std::size_t{8} * 1024 * 1024;
    /// It is dropped when nothing of its output got away for so long.
    static constexpr Duration kStallMax = std::chrono::seconds{30};

    /// Both must outlive it, or `orphan` it before. `listens`: of the listener that it came by.
    DeviceConnection(io::Transport& transport,
                     Devices& devices,
                     std::shared_ptr<const Door> listens);
    ~DeviceConnection() override;

    std::uint64_t id() const { return id_; }
    session::Connection& machine() { return machine_; }
    const session::Connection& machine() const { return machine_; }
    const std::string& peer() const { return transport_.peer(); }
    Instant since() const { return since_; }
    /// "[M7]"
    std::string tag() const { return "[M" + std::to_string(id_) + "]"; }

    /// Of the listener that it came by.
    const std::shared_ptr<const Door> door;
    /// Null before it has a session and once it has none.
    Device* device = nullptr;
    /// Who it is; empty: nobody in particular, or not known yet.
    std::string user{};

    // --- for Devices ---------------------------------------------------------------------------
    /// Asks the door who it is, by what it says and what TLS knows. As Door::knock.
    void knock(std::optional<std::string_view> user_name,
               std::optional<Bytes> password,
               std::function<bool()> is_wanted,
               Door::Answered answered) const;
    void send(Bytes bytes);
    /// All that is sent is the last.
    void finish();
    bool is_congested() const { return congested_; }
    /// Its congestion has changed, and the machine is to be told: `look_at_congestion`.
    bool is_to_be_told() const {
        const bool much = output_.size() > (congested_ ? kUncongested : kCongested);
        return much != congested_;
    }
    /// True: it has changed, and is_congested tells how.
    bool look_at_congestion();
    /// It waited for an answer, which has come: `read_on` is to be called.
    bool may_read_on() const { return stopped_ && !reading_ && machine_.is_reading(); }
    void read_on();
    /// The daemon ends first.
    void orphan();

    // --- io::Protocol --------------------------------------------------------------------------
    void on_bytes(Bytes in, Instant now) override;
    bool wants_input() const override;
    void before_write() override {}
    OutBuffer& output() override { return output_; }
    void on_written() override;
    bool finished() const override { return finished_; }
    void on_lost(std::string_view why) override;
    Instant deadline() const override { return machine_.deadline(); }
    void on_tick(Instant now) override;
    io::OutputBounds output_bounds() const override {
        return {.bytes = kUnreadMax, .most = kOutputMax, .stall = kStallMax};
    }

private:
    bool on_revoked(std::string_view why) override;
    std::size_t read(Bytes in);

    io::Transport& transport_;
    Devices& devices_;
    std::uint64_t id_;
    Instant since_;
    session::Connection machine_;
    OutBuffer output_;
    Buffer held_;                // V1
    std::size_t held_read_ = 0;  // of it
    bool finished_ = false;
    bool orphaned_ = false;
    bool congested_ = false;
    bool reading_ = false;  // within `read`
    bool stopped_ = false;  // it can't read before something is answered
};

}  // namespace weft::gateway
