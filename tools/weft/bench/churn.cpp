#include "common/io/loop_thread.hpp"
#include "common/io/open.hpp"
#include "tools/weft/bench/receiver.hpp"
#include "tools/weft/bench/run.hpp"
#include "tools/weft/bench/schedule.hpp"
#include "tools/weft/bench/sender.hpp"
#include "tools/weft/bench/side.hpp"
#include "tools/weft/failure.hpp"

#include <memory>
#include <utility>

namespace weft::tools {
namespace {

constexpr Duration kChurnCloseMax = std::chrono::seconds{2};

struct ChurnTotals {
    std::uint64_t connections = 0;
    std::uint64_t failed = 0;
    std::string last_failure{};
    BenchHistogram life{};

    void add(const ChurnTotals& other) {
        connections += other.connections;
        failed += other.failed;
        last_failure = other.last_failure.empty() ? last_failure : other.last_failure;
        life.add(other.life);
    }
};

/// Keeps one connection at a time, which sends one message and is closed, on a thread of its own:
/// making a connection costs us about as much as it costs a router.
class Churner final : public BenchConnection::Observer {
public:
    Churner(const BenchOptions& options, BenchWatch& watch, std::uint64_t run, std::size_t number)
        : options_{options},
          watch_{watch},
          number_{number},
          sending_{.node = {options.address_of(0)},
                   .run = run,
                   .size = options.size,
                   .durable = options.durable,
                   .presettled = options.presettled,
                   .window = 1,
                   .limit = 1} {
        thread_.loop().post([this] { open(); });
        thread_.start();
    }
    ~Churner() override { thread_.join(); }
    Churner(const Churner&) = delete;
    Churner& operator=(const Churner&) = delete;

    /// What was counted since the last call. Main thread.
    ChurnTotals take() {
        ChurnTotals taken;
        io::call(thread_.loop(), [&] { taken = std::exchange(totals_, {}); });
        return taken;
    }

private:
    void open() {
        began_ = bench_clock();
        try {
            io::open(thread_.loop(), bench_dial(options_.url, options_.timeout, /*reset=*/true),
                     io::Security::none(), [&](io::Transport& transport) {
                         return std::make_unique<BenchSender>(transport, *this, next_call(),
                                                              sending_, sent_);
                     });
        } catch (const Failure& failure) {
            watch_.fail(failure.what());
        }
    }

    /// The receiver has the id 1; the churners take turns with those that follow.
    BenchCall next_call() {
        const std::uint64_t id = 2 + opened_++ * options_.senders + number_;
        return {options_.url, "c" + std::to_string(number_) + "-" + std::to_string(opened_), id};
    }

    void on_ready(BenchConnection&) override {}
    void on_done(BenchConnection& connection) override { connection.leave(); }
    void on_gone(BenchConnection&, const std::string& why) override {
        if (why.empty()) {
            ++totals_.connections;
            totals_.life.record(bench_clock() - began_);
        } else {
            ++totals_.failed;
            totals_.last_failure = why;
        }
        thread_.loop().post([this] { open(); });
    }

    const BenchOptions& options_;
    BenchWatch& watch_;
    std::size_t number_;
    BenchSending sending_;
    BenchSendTotals sent_;
    ChurnTotals totals_;
    std::uint64_t opened_ = 0;
    std::uint64_t began_ = 0;
    io::LoopThread thread_;
};

}  // namespace

BenchChurnResult run_churn(const BenchOptions& options, BenchWatch& watch) {
    (void)sample_processes(options.pids);  // a wrong PID is told before anything is done
    const std::uint64_t run = new_run_number();
    BenchReceived received;
    BenchSide<BenchReceiver> receiver{watch, watch.loop()};
    receiver.expect(1);
    receiver.open(bench_dial(options.url, options.timeout, /*reset=*/false),
                  BenchCall{options.url, "r", 1},
                  BenchReceiving{.addresses = {options.address_of(0)},
                                 .run = run,
                                 .presettled = options.presettled,
                                 .credit = options.credit},
                  received);
    await_ready(watch, options, "the receiver");

    std::vector<std::unique_ptr<Churner>> churners;
    for (std::size_t i = 0; i < options.senders; ++i) {
        churners.push_back(std::make_unique<Churner>(options, watch, run, i));
    }
    const auto take_all = [&] {
        ChurnTotals all;
        for (const auto& churner : churners) {
            all.add(churner->take());
        }
        return all;
    };
    watch.wait(options.warmup);
    const auto before = sample_processes(options.pids);
    (void)take_all();
    const std::uint64_t began = bench_clock();
    watch.wait(options.duration);
    const auto after = sample_processes(options.pids);
    const ChurnTotals totals = take_all();
    const Duration time{bench_clock() - began};
    churners.clear();
    receiver.close_all();
    watch.wait(kChurnCloseMax);

    if (totals.connections == 0) {
        throw Failure("no connection came to its end" +
                      (totals.last_failure.empty()
                           ? "; look whether others receive from " + options.address +
                                 " and give no credit (weft stat --links)"
                           : ": " + totals.last_failure));
    }
    return {.time = time,
            .connections = totals.connections,
            .failed = totals.failed,
            .life = totals.life,
            .processes = use_between(before, after)};
}

}  // namespace weft::tools
