#include "broker/node/forwarder.hpp"

#include "broker/config/log_modules.hpp"
#include "broker/node/broker_connection.hpp"
#include "common/base/conditions.hpp"
#include "common/base/printable.hpp"
#include "common/io/log.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace weft::broker {
namespace {

using broker_config::kQueueModule;
using Scope = Draining::Scope;
using State = DrainReport::State;

constexpr std::array<std::string_view, 3> kStates{"none", "draining", "drained"};

/// The fullest first.
void shorten(std::vector<DrainReport::Line>& lines) {
    const auto fuller = [](const DrainReport::Line& a, const DrainReport::Line& b) {
        return a.messages != b.messages ? a.messages > b.messages : a.queue < b.queue;
    };
    const auto end =
        lines.begin() + static_cast<std::ptrdiff_t>(std::min(lines.size(), DrainReport::kLinesMax));
    std::ranges::partial_sort(lines, end, fuller);
    lines.erase(end, lines.end());
}

void add_to(DrainReport& report, const Forward& forward, Instant now) {
    const std::uint64_t messages = forward.queue().machine().depth();
    const forwarding::CourseCounters& counters = forward.course().counters();
    const double rate = forward.course().rate(now);
    report.forwarded += counters.accepted;
    report.returned += counters.returned;
    report.rejected += counters.rejected;
    report.rate += rate;
    if (!forward.queue().entry().is_to_drain()) {
        return;  // it was called off, and something is under way yet
    }
    DrainReport::Line line{.queue = forward.queue().name(),
                           .messages = messages,
                           .forwarded = counters.accepted,
                           .rate = rate,
                           .trouble = forward.stays()};
    if (!line.trouble.empty()) {
        ++report.staying;
        report.staying_messages += messages;
        report.stays.push_back(std::move(line));
        return;
    }
    ++report.queues;
    report.messages += messages;
    if (forward.is_empty() && messages == 0) {
        ++report.empty;
        return;
    }
    line.trouble = forward.trouble();
    report.left.push_back(std::move(line));
}

}  // namespace

std::string_view name_of(DrainReport::State state) {
    return kStates[static_cast<std::size_t>(state)];
}

Forwarder::Forwarder(io::Loop& loop, Queues& queues) : loop_{loop}, queues_{queues} {
    queues_.watch([this](QueueNode& queue, QueueEvent event) { on_event(queue, event); });
    const std::vector<QueueNode*> known = queues_.all();
    for (QueueNode* const queue : known) {
        if (queue->entry().is_to_drain()) {
            all_ = all_ || queue->entry().draining->scope == Scope::all;
            begin(*queue, queue->entry().draining->scope);
        }
    }
    look();
}

// --- what operators want ---------------------------------------------------------------------

Result<void> Forwarder::drain(const std::set<std::string>& names) {
    std::vector<QueueNode*> wanted;
    for (const std::string& name : names) {
        QueueNode* const queue = queues_.known(name);
        if (queue == nullptr) {
            return fail(kNotFound,
                        "this broker has no queue '" + printable(name) + "': nothing is changed");
        }
        wanted.push_back(queue);
    }
    if (names.empty()) {
        all_ = true;
        wanted = queues_.all();
    }
    for (QueueNode* const queue : wanted) {
        begin(*queue, all_ ? Scope::all : Scope::named);
    }
    look();
    return {};
}

void Forwarder::begin(QueueNode& queue, Scope scope) {
    std::unique_ptr<Forward>& forward = forwards_[queue.number()];
    if (!forward) {
        forward = std::make_unique<Forward>(loop_, queues_, queue, [this] { return way(); });
    }
    forward->set(scope);
}

void Forwarder::cancel() {
    all_ = false;
    for (const auto& [number, forward] : forwards_) {
        forward->set(Scope::none);
    }
    look();
}

void Forwarder::end(std::function<void()> done) {
    ended_ = std::move(done);
    end_ = loop_.after(is_idle() ? Duration::zero() : kEndMost, [this] {
        if (ended_) {
            std::exchange(ended_, nullptr)();
        }
    });
    for (const auto& [number, forward] : forwards_) {
        forward->end();
    }
    tell_end();
}

bool Forwarder::is_idle() const {
    return std::ranges::all_of(forwards_, [](const auto& each) { return each.second->is_over(); });
}

/// In a later turn.
void Forwarder::tell_end() {
    if (ended_ && is_idle()) {
        end_ = loop_.after(Duration::zero(), std::exchange(ended_, nullptr));
    }
}

// --- what happens ----------------------------------------------------------------------------

void Forwarder::on_event(QueueNode& queue, QueueEvent event) {
    if (event == QueueEvent::gone) {
        forwards_.erase(queue.number());
    } else if (event == QueueEvent::made && all_) {
        begin(queue, Scope::all);
    } else if (event != QueueEvent::room) {
        stir(queue);
    }
}

/// Not at once: the queue is in the middle of something.
void Forwarder::stir(const QueueNode& queue) {
    if (!forwards_.contains(queue.number())) {
        return;
    }
    stirred_.insert(queue.number());
    if (!std::exchange(advance_due_, true)) {
        loop_.post([self = std::weak_ptr{self_}] {
            if (const auto forwarder = self.lock()) {
                (*forwarder)->advance_stirred();
            }
        });
    }
}

void Forwarder::advance_stirred() {
    advance_due_ = false;
    for (const store::QueueNumber number : std::exchange(stirred_, {})) {
        if (const auto found = forwards_.find(number); found != forwards_.end()) {
            found->second->advance();
        }
    }
    tell_end();
}

/// Looks at all, again and again while there is something to do.
void Forwarder::look() {
    for (const auto& [number, forward] : forwards_) {
        forward->advance();
    }
    std::erase_if(forwards_, [](const auto& each) {
        return each.second->is_over() && !each.second->queue().entry().is_to_drain();
    });
    note_state();
    tell_end();
    if (!forwards_.empty()) {
        look_ = loop_.after(kLookPeriod, [this] { look(); });
    }
}

void Forwarder::note_state() {
    const DrainReport now = report();
    if (now.state == std::exchange(state_, now.state)) {
        return;
    }
    std::string words = "drain: " + std::string{name_of(now.state)};
    if (now.state == State::draining) {
        words += ", " + std::to_string(now.messages) + " messages in " +
                 std::to_string(now.queues - now.empty) + " queues";
    } else if (now.state == State::drained) {
        words += ", the store has no message of " + std::to_string(now.queues) + " queues";
    }
    if (now.staying > 0) {
        words += "; " + std::to_string(now.staying) + " queues with " +
                 std::to_string(now.staying_messages) + " messages stay";
    }
    WEFT_LOG(kQueueModule, io::Level::notice, words);
}

// --- ways ------------------------------------------------------------------------------------

void Forwarder::add(BrokerConnection& connection) {
    if (std::ranges::find(ways_, &connection) != ways_.end()) {
        return;
    }
    ways_.push_back(&connection);
    for (const auto& [number, forward] : forwards_) {
        stir(forward->queue());  // it may wait for this one
    }
}

void Forwarder::remove(BrokerConnection& connection) {
    std::erase(ways_, &connection);
    for (const auto& [number, forward] : forwards_) {
        forward->forget(connection);
    }
}

/// The one that has been there for longest.
BrokerConnection* Forwarder::way() const {
    return ways_.empty() ? nullptr : ways_.front();
}

DrainReport Forwarder::report() const {
    DrainReport report{.all = all_};
    for (const auto& [number, forward] : forwards_) {
        add_to(report, *forward, loop_.now());
    }
    if (report.queues > 0 || report.staying > 0 || all_) {
        report.state = report.empty == report.queues ? State::drained : State::draining;
    }
    shorten(report.left);
    shorten(report.stays);
    return report;
}

}  // namespace weft::broker
