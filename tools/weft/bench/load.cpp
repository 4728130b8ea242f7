#include "common/io/loop_thread.hpp"
#include "tools/weft/bench/receiver.hpp"
#include "tools/weft/bench/run.hpp"
#include "tools/weft/bench/side.hpp"
#include "tools/weft/failure.hpp"

#include <sys/prctl.h>

#include <ctime>
#include <utility>

namespace weft::tools {
namespace {

/// What is under way when the senders stop has arrived once nothing came for so long.
constexpr Duration kQuiet = std::chrono::milliseconds{300};
constexpr Duration kLook = std::chrono::milliseconds{10};
constexpr Duration kLoadCloseMax = std::chrono::seconds{2};

Duration thread_run_time() {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

/// A loop's totals at a moment.
template <class Totals>
struct Moment {
    Totals totals;
    Duration run_time{};
    std::uint64_t time = 0;
};

/// A thread with connections of one kind and what they count.
template <class Connection, class Totals>
class Half {
public:
    explicit Half(BenchWatch& watch) : side_{watch, thread_.loop()} { thread_.start(); }
    /// The connections' timers die with the loop, so that its thread is gone before.
    ~Half() { thread_.join(); }
    Half(const Half&) = delete;
    Half& operator=(const Half&) = delete;

    /// Runs `f(side, totals)` on the thread.
    template <class F>
    void call(F f) {
        io::call(thread_.loop(), [&] { f(side_, totals_); });
    }
    Moment<Totals> moment() {
        Moment<Totals> moment;
        call([&](auto&, Totals& totals) { moment = {totals, thread_run_time(), bench_clock()}; });
        return moment;
    }

private:
    io::LoopThread thread_;
    Totals totals_;
    BenchSide<Connection> side_;
};

class Load {
public:
    Load(const BenchOptions& options, BenchWatch& watch)
        : options_{options}, watch_{watch}, receivers_{watch}, senders_{watch} {}

    BenchRunResult run() {
        (void)sample_processes(options_.pids);  // a wrong PID is told before anything is done
        open_receivers();
        open_senders();
        watch_.wait(options_.warmup);
        BenchRunResult result = measure();
        finish(result);
        close();
        if (result.received == 0) {
            throw Failure("nothing arrived: " + std::to_string(result.sent.sent) +
                          " messages were sent to " + options_.address +
                          "; look whether the router allows that and nobody else receives from it "
                          "(weft stat --links)");
        }
        return result;
    }

private:
    void open_receivers() {
        const BenchReceiving receiving{{}, run_number_, options_.presettled, options_.credit};
        receivers_.call([&](auto& side, auto&) { side.expect(options_.receivers); });
        for (std::size_t i = 0; i < options_.receivers; ++i) {
            io::Socket socket = bench_dial(options_.url, options_.timeout, /*reset=*/false);
            BenchReceiving its = receiving;
            its.addresses = {options_.address_of(i)};
            receivers_.call([&](auto& side, BenchReceived& totals) {
                side.open(std::move(socket),
                          BenchCall{options_.url, "r" + std::to_string(i), i + 1}, its, totals);
            });
        }
        await_ready(watch_, options_, "every receiver");
    }

    void open_senders() {
        senders_.call([&](auto& side, auto&) {
            ::prctl(PR_SET_TIMERSLACK, 1);  // nanoseconds: a paced message goes out when it is due
            side.expect(options_.senders);
        });
        for (std::size_t i = 0; i < options_.senders; ++i) {
            io::Socket socket = bench_dial(options_.url, options_.timeout, /*reset=*/false);
            senders_.call([&](auto& side, BenchSent& totals) {
                const std::uint64_t id = options_.receivers + i + 1;
                side.open(std::move(socket), BenchCall{options_.url, "s" + std::to_string(i), id},
                          sending(i), totals);
            });
        }
        await_ready(watch_, options_, "every sender");
    }

    BenchSending sending(std::size_t sender) const {
        BenchSending sending{.address = options_.address_of(sender),
                             .run = run_number_,
                             .size = options_.size,
                             .presettled = options_.presettled,
                             .window = options_.window};
        if (options_.rate > 0) {
            sending.pace.emplace(options_.rate, options_.senders, sender);
        }
        return sending;
    }

    BenchRunResult measure() {
        receivers_.call([](auto&, BenchReceived& totals) { totals.latency = {}; });
        const auto processes = sample_processes(options_.pids);
        const auto sent = senders_.moment();
        const auto received = receivers_.moment();
        watch_.wait(options_.duration);
        const auto processes_then = sample_processes(options_.pids);
        const auto sent_then = senders_.moment();
        const auto received_then = receivers_.moment();

        BenchRunResult result;
        result.senders = {Duration{sent_then.time - sent.time}, sent_then.run_time - sent.run_time,
                          sent_then.totals.sent - sent.totals.sent,
                          sent_then.totals.settled() - sent.totals.settled()};
        result.receivers = {Duration{received_then.time - received.time},
                            received_then.run_time - received.run_time,
                            received_then.totals.received - received.totals.received, 0};
        result.latency = received_then.totals.latency;
        result.processes = use_between(processes, processes_then);
        return result;
    }

    /// Stops sending and waits for what is under way.
    void finish(BenchRunResult& result) {
        senders_.call([](auto& side, auto&) {
            for (BenchSender* sender : side.connections()) {
                sender->stop();
            }
        });
        std::uint64_t changed_at = bench_clock();
        while (true) {
            const BenchSent sent = senders_.moment().totals;
            const BenchReceived received = receivers_.moment().totals;
            const std::uint64_t now = bench_clock();
            if (sent != result.sent || received.received != result.received) {
                changed_at = now;
            }
            result.sent = sent;
            result.received = received.received;
            result.foreign = received.foreign;
            const std::uint64_t settled = options_.presettled ? sent.sent : sent.settled();
            const bool complete = settled == sent.sent && received.received == sent.sent;
            if (complete || Duration{now - changed_at} > kQuiet) {
                return;
            }
            watch_.wait(kLook);
        }
    }

    void close() {
        senders_.call([](auto& side, auto&) { side.close_all(); });
        watch_.wait(kLoadCloseMax);
        receivers_.call([](auto& side, auto&) { side.close_all(); });
        watch_.wait(kLoadCloseMax);
    }

    const BenchOptions& options_;
    BenchWatch& watch_;
    std::uint64_t run_number_ = new_run_number();
    Half<BenchReceiver, BenchReceived> receivers_;
    Half<BenchSender, BenchSent> senders_;
};

}  // namespace

BenchRunResult run_load(const BenchOptions& options, BenchWatch& watch) {
    return Load{options, watch}.run();
}

}  // namespace weft::tools
