#include "common/io/socket_transport.hpp"

#include "common/base/assert.hpp"
#include "common/io/log.hpp"
#include "common/io/loop.hpp"
#include "common/io/upgrade.hpp"

#include <algorithm>
#include <exception>
#include <new>

namespace weft::io {
namespace {

/// Between two alarms, so that a protocol that is always due can't take all of the loop's time.
constexpr Duration kAlarmMin = std::chrono::milliseconds{1};

/// Without progress of the output, for a connection that ends or a peer that makes too much of it.
constexpr Duration kStallMin = std::chrono::seconds{1};

/// So much that it counts among what is unread.
bool leaves_much(Protocol& protocol) {
    return protocol.output().size() > Loop::kUnreadFree && protocol.output_bounds().bytes != 0;
}

/// Why the peer goes, for all to hear.
std::string tell_revoked(const Transport& transport) {
    std::string why = "the certificate was revoked (" + transport.security().peer_subject + ")";
    WEFT_LOG(Module::server, Level::info, transport.peer() + " is let in no longer: " + why);
    return why;
}

}  // namespace

std::unique_ptr<Upgrade> Protocol::upgrade() {
    return nullptr;
}

void end_for_exception(Transport& transport) noexcept {
    const auto end = [&](const char* what) {
        WEFT_LOG(Module::server, Level::error,
                 transport.peer() + ": the connection ends for an error of this program: " + what);
        transport.abort(what);
    };
    try {
        throw;
    } catch (const std::bad_alloc&) {
        end("out of memory");
    } catch (const std::exception& error) {
        end(error.what());
    } catch (...) {
        end("an exception of unknown kind");
    }
}

SocketTransport::SocketTransport(Loop& loop,
                                 std::string peer,
                                 std::shared_ptr<const security::Protection> facts)
    : loop_{loop},
      peer_{std::move(peer)},
      facts_{std::move(facts)},
      limit_{loop.now() + kHandshakeMax} {}

SocketTransport::~SocketTransport() = default;

const security::Protection& SocketTransport::security() const {
    static const security::Protection kPlain;
    return facts_ ? *facts_ : kPlain;
}

void SocketTransport::tick_exactly() {
    alarm_ = loop_.after(Duration::zero(), [this] { on_alarm(); });
}

void SocketTransport::close() {
    is_closing_ = true;
    if (phase_ == Phase::opening) {
        lose("closed");
    } else {
        wake();
    }
}

void SocketTransport::abort(std::string_view why) {
    lose(why);
}

void SocketTransport::set_observer(std::function<void(std::string_view)> observer) {
    ending().observer = std::move(observer);
}

void SocketTransport::limit_opening(Duration most) {
    limit_ = most == Duration::zero() ? kNever : loop_.now() + most;
}

void SocketTransport::set_facts(security::Protection facts) {
    facts_ = std::make_shared<const security::Protection>(std::move(facts));
}

void SocketTransport::carry(const ProtocolFactory& factory, Bytes first) {
    WEFT_CHECK(phase_ == Phase::opening);  // I3
    phase_ = Phase::open;
    limit_ = kNever;
    guard(*this, [&] {  // I5
        protocol_ = factory(*this);
        if (!protocol_) {
            lose("whoever it was for is gone");
            return;
        }
        wake();
        if (is_lost()) {
            return;
        }
        if (first.empty()) {
            start_reading();
        } else {
            deliver(first);
        }
    });
}

void SocketTransport::deliver(Bytes in) {
    if (phase_ == Phase::open) {
        protocol_->on_bytes(in, loop_.now());
    }
    if (phase_ == Phase::open && protocol_->holds_input()) [[unlikely]] {
        read_on_later();
        return;
    }
    // A finished protocol reads no more, until it lingers for the peer's end.
    if (phase_ == Phase::lingering ||
        (phase_ == Phase::open && !protocol_->finished() && wants_more())) {
        start_reading();
    }
}

/// Others have their turns first.
void SocketTransport::read_on_later() {
    loop_.post([this] {
        if (completed(is_posted_)) {
            guard(*this, [this] { deliver({}); });  // I5
            wake();
        }
    });
    is_posted_ = true;
}

bool SocketTransport::is_crowded() const {
    const std::size_t most = protocol_->output_bounds().bytes;
    return most != 0 && protocol_->output().size() > most;
}

void SocketTransport::peer_ended() {
    peer_ended_ = true;
    if (phase_ != Phase::open) {
        lose("closed");
    } else if (!is_ending() && !protocol_->answers_after_end()) {
        lose("closed by the peer");
    }
}

void SocketTransport::lose(std::string_view why) noexcept {
    if (is_lost()) {
        return;
    }
    const bool is_known = phase_ == Phase::lingering;
    if (phase_ == Phase::opening) {
        on_never_opened(why);
    }
    phase_ = Phase::lost;
    unread_.reset();
    try {
        if (!is_known) {
            ending().why = why;
        }
    } catch (const std::bad_alloc&) {  // then nobody hears why
    }
    close_socket();
    loop_.retire(*this);
}

void SocketTransport::flush() noexcept {
    is_dirty_ = false;
    if (is_lost()) {
        loop_.retire(*this);
    } else if (phase_ == Phase::open && !writing_) {
        guard(*this, [this] { write_output(); });  // I5
    } else if (phase_ == Phase::open) {
        guard(*this, [this] { drop_if_overfull(); });
    }
    if (unread_ || (phase_ == Phase::open && leaves_much(*protocol_))) [[unlikely]] {
        guard(*this, [this] { settle_unread(); });
    }
}

/// Those that leave less unread are in no ledger.
void SocketTransport::settle_unread() {
    if (phase_ != Phase::open || !leaves_much(*protocol_)) {
        unread_.reset();
        return;
    }
    if (!unread_) {
        unread_.emplace(loop_.unread(), *this);
    }
    unread_->hold(protocol_->output().size());
}

void SocketTransport::write_output() {
    protocol_->before_write();
    OutBuffer& output = protocol_->output();
    if (!output.empty() && !is_lost()) {
        write(output);
    }
    if (writing_) {
        progress_at_ = loop_.now();
        drop_if_overfull();
    }
    if (phase_ == Phase::open && !writing_ && output.empty() && is_ending()) {
        finish();
    } else if (is_held_back_ && phase_ == Phase::open && !is_ending() && wants_more()) {
        start_reading();
    }
}

/// However slowly it reads, what others cause it to be sent has an end.
void SocketTransport::drop_if_overfull() {
    const std::size_t most = protocol_->output_bounds().most;
    if (most != 0 && protocol_->output().size() > most) {
        lose("the peer does not read what it gets");
    }
}

/// Nothing was written since too long, though there is something.
bool SocketTransport::is_stalled(Instant now) {
    if (!writing_) {
        return false;
    }
    const std::size_t before = std::exchange(under_way_, under_way());
    if (under_way_ != before) {
        progress_at_ = now;  // the peer reads, if slowly
        if (unread_) {
            unread_->go_on();
        }
    }
    const OutputBounds bounds = protocol_->output_bounds();
    const bool is_urgent =
        is_ending() || (bounds.bytes != 0 && protocol_->output().size() > 2 * bounds.bytes);
    const Duration most = is_urgent ? kStallMin : bounds.stall;
    return most > Duration::zero() && now - progress_at_ >= most;
}

void SocketTransport::finish() {
    if (auto upgrade = protocol_->upgrade()) {
        WEFT_CHECK(!reading_);  // I4
        become(std::move(upgrade));
        lose("upgraded");
        return;
    }
    if (peer_ended_) {
        shut_down();
        lose("closed");
    } else {
        linger("closed");
    }
}

void SocketTransport::linger(std::string_view why) {
    if (phase_ != Phase::lingering) {  // else it goes on to wait for the peer's end
        phase_ = Phase::lingering;
        limit_ = loop_.now() + kLingerMax;
        ending().why = why;
        shut_down();
    }
    if (!is_lost()) {
        start_reading();
    }
}

void SocketTransport::sweep(Instant now) noexcept {
    guard(*this, [&] { look_at_time(now); });  // I5
}

void SocketTransport::look_at_time(Instant now) {
    switch (phase_) {
        case Phase::opening:
            if (now >= limit_) {
                lose(kLate);
            }
            break;
        case Phase::lingering:
            if (now >= limit_) {
                lose("closed");
            }
            break;
        case Phase::open:
            if (is_stalled(now)) {
                lose("the peer does not read what it gets");
            } else if (is_ending()) {
                if (limit_ == kNever) {
                    limit_ = now + kDrainMax;
                } else if (now >= limit_) {
                    lose("the peer does not read");
                }
            } else if (watch_ && watch_->is_due()) {
                const std::string why = tell_revoked(*this);
                protocol_->on_revoked(why) ? wake() : lose(why);
            } else {
                tick_if_due();
            }
            break;
        case Phase::lost:
            if (has_operations() && !is_posted_) {
                outwait_operations(kLastStepsMax);
            }
            break;
    }
}

/// A WebSocket's read and its close may wait for each other for ever, if what was read is no frame.
///
/// Once the socket is closed, no step of an operation waits for the peer: it is queued when the one
/// before it runs. The queue is in order, so each round takes every operation a step further, or it
/// waits for another operation; after as many rounds as there can be steps all that are left do.
void SocketTransport::outwait_operations(int rounds) {
    loop_.post([this, rounds] {
        is_posted_ = false;
        if (has_operations() && rounds > 0) {
            guard(*this, [&] { outwait_operations(rounds - 1); });  // I5
            return;
        }
        if (has_operations()) {
            abandon_operations();
        }
        loop_.retire(*this);
    });
    is_posted_ = true;
}

void SocketTransport::tick_if_due() {
    if (protocol_->deadline() <= loop_.now()) {
        protocol_->on_tick(loop_.now());
        wake();
    }
}

void SocketTransport::on_alarm() noexcept {
    if (phase_ != Phase::open) {
        return;
    }
    guard(*this, [this] {  // I5
        if (is_ending()) {
            return;
        }
        tick_if_due();
        const Instant due = protocol_->deadline();
        if (due != kNever) {
            alarm_ = loop_.after(std::max(due - loop_.now(), kAlarmMin), [this] { on_alarm(); });
        }
    });
}

SocketTransport::Ending& SocketTransport::ending() {
    if (!ending_) {
        ending_ = std::make_unique<Ending>();
    }
    return *ending_;
}

void SocketTransport::report() noexcept {
    const std::string_view why = ending_ ? std::string_view{ending_->why} : std::string_view{};
    if (protocol_) {
        std::unique_ptr<Protocol> told = std::move(protocol_);  // I2
        is_kept_ = true;
        guard(*this, [&] {  // I5
            told->on_lost(why);
            is_kept_ = false;
        });
        if (is_kept_) {
            (void)told.release();
        }
    }
    if (ending_ && ending_->observer) {
        guard(*this, [&] { std::exchange(ending_->observer, nullptr)(why); });
    }
}

}  // namespace weft::io
