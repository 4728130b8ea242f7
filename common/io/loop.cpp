#include "common/io/loop.hpp"

#include "common/base/assert.hpp"
#include "common/io/log.hpp"
#include "common/io/socket_transport.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <exception>
#include <string>
#include <utility>
#include <vector>

namespace weft::io {

namespace {

Instant clock_now() {
    return std::chrono::steady_clock::now();
}

}  // namespace

struct Timer::State : std::enable_shared_from_this<Timer::State> {
    State(Loop& of, Duration each, bool again, std::function<void()> function)
        : loop{&of}, timer{of.context()}, period{each}, repeats{again}, f{std::move(function)} {
        timer.expires_after(period);
    }

    void wait() {
        timer.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
            if (!error && !self->cancelled) {
                self->loop->turn([&] { self->fire(); });
            }
        });
    }
    void fire() {
        if (cancelled) {  // by what was urgent
            return;
        }
        if (repeats) {  // before `f`, which may throw
            // From the last expiry, so that the period does not drift; lost periods are not made up
            // for.
            const auto next = timer.expiry() + period;
            timer.expires_at(next > loop->now() ? next : loop->now() + period);
            wait();
        }
        f();
    }

    Loop* loop;
    boost::asio::steady_timer timer;
    Duration period;
    bool repeats;
    bool cancelled = false;
    std::function<void()> f;
};

Timer::Timer() = default;
Timer::Timer(std::shared_ptr<State> state) : state_{std::move(state)} {}
Timer::Timer(Timer&& other) noexcept = default;
Timer& Timer::operator=(Timer&& other) noexcept {
    if (this != &other) {
        cancel();
        state_ = std::move(other.state_);
    }
    return *this;
}
Timer::~Timer() {
    cancel();
}

void Timer::cancel() {
    if (state_) {
        state_->cancelled = true;
        state_->timer.cancel();
        state_.reset();
    }
}

/// Transports in a row, each at most once: none is refused for want of memory.
template <SocketTransport* SocketTransport::*kNext>
class TransportList {
public:
    bool empty() const { return first_ == nullptr; }
    void push(SocketTransport& transport) {
        transport.*kNext = nullptr;
        (first_ == nullptr ? first_ : last_->*kNext) = &transport;
        last_ = &transport;
    }
    SocketTransport& pop() {
        SocketTransport& transport = *first_;
        first_ = transport.*kNext;
        return transport;
    }
    /// All of it; it is empty then.
    TransportList take() { return std::exchange(*this, {}); }

private:
    SocketTransport* first_ = nullptr;
    SocketTransport* last_ = nullptr;
};

struct Loop::State {
    // One thread runs it, so handlers that it starts stay on that thread without waking others.
    boost::asio::io_context context{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{
        context.get_executor()};
    std::vector<std::unique_ptr<SocketTransport>> transports;
    TransportList<&SocketTransport::next_dirty_> dirty;
    TransportList<&SocketTransport::next_lost_> lost;
    bool turn_requested = false;
    boost::asio::steady_timer urgent_timer{context};
    Timer sweep_timer;
};

Loop::Loop(std::size_t unread_max)
    : now_{clock_now()},
      unread_{{.connections = SIZE_MAX,
               .bytes = unread_max,
               .each = kUnreadFree,
               .module = Module::server}},
      state_{std::make_unique<State>()} {
    state_->sweep_timer = every(kSweepPeriod, [this] { sweep(transports()); });
}

Loop::~Loop() {
    state_->sweep_timer.cancel();
    state_->transports.clear();
}

void Loop::run() {
    state_->context.run();
    state_->context.restart();  // afterwards, so that a stop before run is not lost
}

void Loop::run_one() {
    state_->context.run_one();
}

void Loop::stop() {
    state_->context.stop();
}

void Loop::post_job(std::unique_ptr<Job> job) {
    boost::asio::post(state_->context, [this, job = std::move(job)] { turn([&] { job->run(); }); });
}

Timer Loop::after(Duration delay, std::function<void()> f) {
    auto state = std::make_shared<Timer::State>(*this, delay, /*again=*/false, std::move(f));
    state->wait();
    return Timer{std::move(state)};
}

Timer Loop::every(Duration period, std::function<void()> f) {
    WEFT_CHECK(period > Duration::zero());
    auto state = std::make_shared<Timer::State>(*this, period, /*again=*/true, std::move(f));
    state->wait();
    return Timer{std::move(state)};
}

bool Loop::is_current() const {
    return state_->context.get_executor().running_in_this_thread();
}

std::size_t Loop::transports() const {
    return state_->transports.size();
}

boost::asio::io_context& Loop::context() {
    return state_->context;
}

void Loop::adopt(std::unique_ptr<SocketTransport> transport) {
    transport->position_ = static_cast<std::uint32_t>(state_->transports.size());
    state_->transports.push_back(std::move(transport));
}

void Loop::set_urgent(std::function<void()> f) {
    urgent_ = std::move(f);
    urge_at(kNever);
}

void Loop::urge_at(Instant due) {
    if (std::exchange(urgent_due_, due) == due) {
        return;
    }
    state_->urgent_timer.cancel();
    if (due != kNever) {  // should nothing else begin a turn then
        state_->urgent_timer.expires_at(due);
        state_->urgent_timer.async_wait([this](const boost::system::error_code& error) {
            if (!error) {
                turn([] {});
            }
        });
    }
}

void Loop::mark_dirty(SocketTransport& transport) noexcept {
    if (!std::exchange(transport.is_dirty_, true)) {
        state_->dirty.push(transport);
        request_turn();
    }
}

void Loop::retire(SocketTransport& transport) noexcept {
    if (!transport.retired_) {
        transport.retired_ = true;
        state_->lost.push(transport);
        request_turn();
    }
}

/// Without memory for it the next turn will do.
void Loop::request_turn() noexcept {
    if (!in_turn_ && !state_->turn_requested) {
        state_->turn_requested = attempt([this] { post([] {}); });
    }
}

void Loop::log_exception() noexcept {
    const auto log = [](const char* what) {
        WEFT_LOG(Module::server, Level::error,
                 std::string("an error of this program, which goes on: ") + what);
    };
    try {
        throw;
    } catch (const std::exception& error) {
        log(error.what());
    } catch (...) {
        log("an exception of unknown kind");
    }
}

void Loop::begin_turn() {
    WEFT_DCHECK(!in_turn_);
    in_turn_ = true;
    state_->turn_requested = false;
    now_ = clock_now();
    if (now_ >= urgent_due_) [[unlikely]] {
        run_urgent();
    }
}

/// Who is lost by it is told at the turn's end, with the others.
void Loop::run_urgent() noexcept {
    urgent_due_ = kNever;
    attempt(urgent_);
    flush_dirty();
}

void Loop::end_turn() noexcept {
    for (int round = 0; round < kFlushRoundsMax; ++round) {
        flush_dirty();
        report_lost();
        if (state_->dirty.empty() && state_->lost.empty()) {
            break;
        }
    }
    const bool is_sockets = std::exchange(is_sockets_, false);
    if (turn_end_) {
        attempt([&] { turn_end_(is_sockets); });
    }
    in_turn_ = false;
    if (!state_->dirty.empty() || !state_->lost.empty()) {
        request_turn();
    }
}

void Loop::flush_dirty() noexcept {
    for (auto dirty = state_->dirty.take(); !dirty.empty();) {
        dirty.pop().flush();
    }
}

void Loop::report_lost() noexcept {
    for (auto lost = state_->lost.take(); !lost.empty();) {
        SocketTransport& transport = lost.pop();
        transport.retired_ = false;
        transport.report();
        if (transport.is_referred_to()) {  // I1
            continue;                      // whoever refers to it retires it again
        }
        const std::uint32_t position = transport.position_;
        std::swap(state_->transports[position], state_->transports.back());
        state_->transports[position]->position_ = position;
        state_->transports.pop_back();
    }
}

/// By index: a tick may open transports, and none is destroyed before the turn ends. From the last
/// one on: who takes the place of one that goes between two turns was looked at before.
void Loop::sweep(std::size_t below) {
    std::size_t at = std::min(below, transports());
    for (std::size_t left = kSweptAtOnce; at > 0 && left > 0; --left) {
        state_->transports[--at]->sweep(now_);
    }
    if (at > 0) {
        post([this, at] { sweep(at); });
    }
}

}  // namespace weft::io
