#include "tools/weft/bench/half.hpp"
#include "tools/weft/bench/receiver.hpp"
#include "tools/weft/bench/run.hpp"
#include "tools/weft/bench/sender.hpp"
#include "tools/weft/failure.hpp"

#include <sys/prctl.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace weft::tools {
namespace {

/// What was presettled and is under way when the senders stop has arrived, or is lost, once
/// nothing came for so long.
constexpr Duration kQuiet = std::chrono::milliseconds{300};
constexpr Duration kLook = std::chrono::milliseconds{10};
constexpr Duration kLoadCloseMax = std::chrono::seconds{2};

class Load {
public:
    Load(const BenchOptions& options, BenchLedger& ledger, BenchWatch& watch)
        : options_{options}, ledger_{ledger}, watch_{watch}, receivers_{watch}, senders_{watch} {}

    BenchLoadResult run() {
        watch_.wait(Duration::zero());  // what a load before this one told too late
        began_ = bench_clock();
        const auto processes = sample_processes(options_.pids);
        prepare_ledger();
        open_receivers();
        open_senders();
        if (options_.is_whole()) {
            measure_all(processes);
        } else {
            measure_a_while();
        }
        judge();
        close();
        return std::move(result_);
    }

private:
    using Sent = BenchMoment<BenchSendTotals>;
    using Received = BenchMoment<BenchReceived>;

    /// One place that messages come to, or of a topic one for each receiver.
    void prepare_ledger() {
        if (options_.senders > 0) {
            ledger_.accepted.resize(options_.senders);
        }
        ledger_.arrivals.resize(options_.is_topic() ? options_.receivers : 1);
    }

    // --- connections -----------------------------------------------------------------------------

    io::Socket dial() {
        const std::uint64_t latest = began_ + static_cast<std::uint64_t>(options_.timeout.count());
        while (true) {
            try {
                return bench_dial(options_.url, options_.timeout, /*reset=*/false);
            } catch (const Failure&) {
                if (!options_.retry || bench_clock() > latest) {
                    throw;
                }
            }
            watch_.wait(kLook);
        }
    }

    void open_receivers() {
        if (options_.receivers == 0) {
            return;
        }
        receivers_.call([&](auto& side, auto&) { side.expect(options_.receivers); });
        for (std::size_t i = 0; i < options_.receivers; ++i) {
            io::Socket socket = dial();
            receivers_.call([&](auto& side, BenchReceived& totals) {
                side.open(std::move(socket),
                          BenchCall{options_.url, "r" + std::to_string(i), i + 1}, receiving(i),
                          totals);
            });
        }
        await_ready(watch_, options_, "every receiver");
    }

    BenchReceiving receiving(std::size_t receiver) {
        return {.addresses = {options_.address_for(receiver)},
                .kind = options_.kind,
                .run = ledger_.run,
                .presettled = options_.presettled,
                .credit = options_.credit,
                .limit = options_.senders == 0 && options_.count > 0
                             ? options_.count
                             : std::numeric_limits<std::uint64_t>::max(),
                .arrivals = &ledger_.arrivals[options_.is_topic() ? receiver : 0]};
    }

    void open_senders() {
        if (options_.senders == 0) {
            return;
        }
        senders_.call([&](auto& side, auto&) {
            ::prctl(PR_SET_TIMERSLACK, 1);  // nanoseconds: a paced message goes out when it is due
            side.expect(options_.senders);
        });
        for (std::size_t i = 0; i < options_.senders; ++i) {
            io::Socket socket = dial();
            senders_.call([&](auto& side, BenchSendTotals& totals) {
                const std::uint64_t id = options_.receivers + i + 1;
                side.open(std::move(socket), BenchCall{options_.url, "s" + std::to_string(i), id},
                          sending(i), totals);
            });
        }
        await_ready(watch_, options_, "every sender");
    }

    BenchSending sending(std::size_t sender) {
        BenchSending sending{
            .node = {options_.address_for(sender),
                     options_.is_topic() ? BenchNode::Kind::topic : BenchNode::Kind::any},
            .run = ledger_.run,
            .sender = static_cast<std::uint32_t>(sender),
            .size = options_.size,
            .durable = options_.durable,
            .presettled = options_.presettled,
            .waits = true,
            .window = options_.window,
            .accepted = &ledger_.accepted[sender]};
        if (options_.rate > 0) {
            sending.pace.emplace(options_.rate, options_.senders, sender);
        }
        if (options_.count > 0) {
            sending.limit = options_.count / options_.senders +
                            (sender < options_.count % options_.senders ? 1 : 0);
        }
        return sending;
    }

    void each_sender(void (BenchSender::*f)()) {
        senders_.call([f](auto& side, auto&) {
            for (BenchSender* sender : side.connections()) {
                (sender->*f)();
            }
        });
    }

    void close() {
        senders_.call([](auto& side, auto&) { side.close_all(); });
        watch_.wait(kLoadCloseMax);
        receivers_.call([](auto& side, auto&) { side.close_all(); });
        watch_.wait(kLoadCloseMax);
    }

    // --- measuring -------------------------------------------------------------------------------

    /// From the first message to the last one's end. Receivers alone have begun already.
    void measure_all(const std::vector<BenchProcess>& processes) {
        const Sent sent = senders_.moment();
        const Received received = receivers_.moment();
        each_sender(&BenchSender::begin);
        await_end();
        const auto processes_then = sample_processes(options_.pids);
        Sent sent_then = senders_.moment();
        Received received_then = receivers_.moment();
        sent_then.time = std::max(sent_then.totals.last_at, sent.time);
        const std::uint64_t first =
            options_.senders == 0 ? received_then.totals.first_at : sent.time;
        received_then.time = std::max(received_then.totals.last_at, first);
        note(sent, {.totals = {}, .run_time = received.run_time, .time = first}, sent_then,
             received_then);
        result_.processes = use_between(processes, processes_then);
    }

    /// So long as was asked for, in the midst of it.
    void measure_a_while() {
        each_sender(&BenchSender::begin);
        watch_.wait(options_.warmup);
        receivers_.call([](auto&, BenchReceived& totals) { totals.latency = {}; });
        senders_.call([](auto&, BenchSendTotals& totals) { totals.latency = {}; });
        const auto processes = sample_processes(options_.pids);
        const Sent sent = senders_.moment();
        const Received received = receivers_.moment();
        watch_.wait(options_.duration);
        const auto processes_then = sample_processes(options_.pids);
        note(sent, received, senders_.moment(), receivers_.moment());
        result_.processes = use_between(processes, processes_then);
        each_sender(&BenchSender::stop);
        await_end();
    }

    /// What happened between two moments of each side.
    void note(const Sent& sent,
              const Received& received,
              const Sent& sent_then,
              const Received& received_then) {
        const BenchSent& before = sent.totals.sent;
        const BenchSent& after = sent_then.totals.sent;
        result_.senders = {.time = Duration{sent_then.time - sent.time},
                           .run_time = sent_then.run_time - sent.run_time,
                           .messages = after.sent - before.sent,
                           .settled = after.settled() - before.settled(),
                           .accepted = after.accepted - before.accepted};
        result_.receivers = {.time = Duration{received_then.time - received.time},
                             .run_time = received_then.run_time - received.run_time,
                             .messages = received_then.totals.received - received.totals.received};
        result_.accepting = sent_then.totals.latency;
        result_.latency = received_then.totals.latency;
    }

    /// Until all that was asked for is settled and has arrived, or nothing happened for too long.
    void await_end() {
        std::uint64_t changed_at = bench_clock();
        std::uint64_t seen = 0;
        while (true) {
            const BenchSent sent = senders_.moment().totals.sent;
            const BenchReceived received = receivers_.moment().totals;
            const std::uint64_t now = bench_clock();
            const std::uint64_t happened =
                sent.sent + sent.settled() + received.received + received.foreign;
            changed_at = happened != seen ? now : changed_at;
            seen = happened;
            const bool settled = is_settled(sent);
            if ((settled && has_arrived(sent, received)) ||
                Duration{now - changed_at} > patience(settled)) {
                return;
            }
            watch_.wait(kLook);
        }
    }

    bool is_settled(const BenchSent& sent) const {
        const bool all =
            options_.senders == 0 || options_.count == 0 || sent.sent == options_.count;
        return all && (options_.presettled || sent.settled() == sent.sent);
    }

    bool has_arrived(const BenchSent& sent, const BenchReceived& received) {
        if (options_.receivers == 0) {
            return true;
        }
        if (options_.senders == 0 && ledger_.run == 0) {
            return options_.count > 0 && received.distinct() >= options_.count;
        }
        if (options_.presettled) {
            return received.distinct() >= sent.sent * ledger_.arrivals.size();
        }
        // What was released may have come, too, so that counts alone prove nothing.
        return received.distinct() >= accepted_count(sent) * ledger_.arrivals.size() &&
               missing() == 0;
    }

    std::uint64_t accepted_count(const BenchSent& sent) const {
        return options_.senders > 0 ? sent.accepted : ledger_.accepted_count();
    }

    /// The ledger, while both loops stand still.
    std::uint64_t missing() {
        std::uint64_t missing = 0;
        senders_.call([&](auto&, auto&) {
            receivers_.call([&](auto&, auto&) { missing = ledger_.missing(); });
        });
        return missing;
    }

    Duration patience(bool settled) const {
        if (options_.presettled && options_.senders > 0 && settled) {
            return kQuiet;
        }
        const Duration pause{options_.rate > 0 ? static_cast<std::int64_t>(1e9 / options_.rate)
                                               : 0};
        return options_.timeout + pause;
    }

    // --- the end ---------------------------------------------------------------------------------

    void judge() {
        const BenchReceived received = receivers_.moment().totals;
        result_.sent = senders_.moment().totals.sent;
        result_.received = received.received;
        result_.doubled = received.doubled;
        result_.foreign = received.foreign;
        result_.first = Duration{received.first_at > began_ ? received.first_at - began_ : 0};
        if (options_.receivers == 0) {
            return;
        }
        if (options_.senders == 0 && ledger_.run == 0) {
            if (options_.count > 0) {
                result_.missing = options_.count - std::min(options_.count, received.distinct());
            }
            receivers_.call(
                [&](auto&, auto&) { result_.holes = ledger_.arrivals.front().holes(); });
        } else if (options_.presettled) {
            const std::uint64_t wanted = result_.sent.sent * ledger_.arrivals.size();
            result_.missing = wanted - std::min(wanted, received.distinct());
        } else {
            result_.missing = missing();
        }
    }

    const BenchOptions& options_;
    BenchLedger& ledger_;
    BenchWatch& watch_;
    std::uint64_t began_ = 0;
    BenchLoadResult result_;
    BenchHalf<BenchReceiver, BenchReceived> receivers_;
    BenchHalf<BenchSender, BenchSendTotals> senders_;
};

}  // namespace

BenchLoadResult run_load(const BenchOptions& options, BenchLedger& ledger, BenchWatch& watch) {
    return Load{options, ledger, watch}.run();
}

}  // namespace weft::tools
