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

/// It was not called off.
bool is_wanted(const Forward& forward) {
    return forward.queue().entry().is_to_drain();
}

/// It is to be emptied, and can't be.
bool is_staying(const Forward& forward) {
    return is_wanted(forward) && !forward.stays().empty();
}

bool is_done(const Forward& forward) {
    return forward.is_empty() && forward.queue().machine().depth() == 0;
}

/// The fullest first, kLinesMax of them.
std::vector<DrainReport::Line> lines_of(std::vector<const Forward*> forwards, Instant now) {
    const auto fuller = [](const Forward* one, const Forward* other) {
        const std::uint64_t depth = one->queue().machine().depth();
        const std::uint64_t others = other->queue().machine().depth();
        return depth != others ? depth > others : one->queue().name() < other->queue().name();
    };
    const std::size_t count = std::min(forwards.size(), DrainReport::kLinesMax);
    const auto end = forwards.begin() + static_cast<std::ptrdiff_t>(count);
    std::ranges::partial_sort(forwards, end, fuller);
    forwards.erase(end, forwards.end());
    std::vector<DrainReport::Line> lines;
    for (const Forward* const forward : forwards) {
        lines.push_back({.queue = forward->queue().name(),
                         .messages = forward->queue().machine().depth(),
                         .forwarded = forward->course().counters().accepted,
                         .rate = forward->course().rate(now),
                         .trouble = is_staying(*forward) ? forward->stays() : forward->trouble()});
    }
    return lines;
}

void add_to(DrainReport& report, const Forward& forward, Instant now) {
    if (!is_wanted(forward)) {
        return;
    }
    const std::uint64_t messages = forward.queue().machine().depth();
    const forwarding::CourseCounters& counters = forward.course().counters();
    report.forwarded += counters.accepted;
    report.returned += counters.returned;
    report.rejected += counters.rejected;
    report.rate += forward.course().rate(now);
    if (is_staying(forward)) {
        ++report.staying;
        report.staying_messages += messages;
    } else {
        ++report.queues;
        report.messages += messages;
        report.empty += is_done(forward) ? 1U : 0U;
    }
}

}  // namespace

std::string_view name_of(DrainReport::State state) {
    return kStates[static_cast<std::size_t>(state)];
}

Forwarder::Forwarder(io::Loop& loop, Queues& queues, const forwarding::Course::Patience& patience)
    : loop_{loop}, queues_{queues}, patience_{patience} {
    queues_.watch([this](QueueNode& queue, QueueEvent event) { on_event(queue, event); });
    const std::vector<QueueNode*> known = queues_.all();
    for (QueueNode* const queue : known) {
        if (queue->entry().is_to_drain()) {
            all_ = all_ || queue->entry().draining->scope == Scope::all;
            begin(*queue, queue->entry().draining->scope);
        }
        follow_rule(*queue);
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

Forward& Forwarder::made_for(QueueNode& queue) {
    std::unique_ptr<Forward>& forward = forwards_[queue.number()];
    if (!forward) {
        forward = std::make_unique<Forward>(loop_, queues_, queue, ways_, patience_);
        if (ends_) {
            forward->end();
        }
    }
    return *forward;
}

void Forwarder::begin(QueueNode& queue, Scope scope) {
    made_for(queue).set(scope);
}

void Forwarder::cancel() {
    all_ = false;
    for (const auto& [number, forward] : forwards_) {
        if (is_wanted(*forward)) {
            forward->set(Scope::none);
        }
    }
    look();
}

/// Its entry may have one.
void Forwarder::follow_rule(QueueNode& queue) {
    if (!queue.entry().forward) {
        return;
    }
    made_for(queue);
    stir(queue);
    look_later();
}

void Forwarder::end(std::function<void()> done) {
    ended_ = std::move(done);
    ends_ = true;
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
        return;
    }
    if (event == QueueEvent::made && all_) {
        begin(queue, Scope::all);
    } else if (event != QueueEvent::room) {
        stir(queue);
    }
    if (event == QueueEvent::made || event == QueueEvent::changed) {
        follow_rule(queue);
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
    keep_wish();
    for (const auto& [number, forward] : forwards_) {
        forward->advance();
    }
    std::erase_if(forwards_, [](const auto& each) {
        const QueueEntry& entry = each.second->queue().entry();
        return each.second->is_over() && !entry.is_to_drain() && !entry.forward;
    });
    note_state();
    tell_end();
    looks_ = false;
    if (!forwards_.empty() || all_) {
        look_later();
    }
}

void Forwarder::look_later() {
    if (!std::exchange(looks_, true)) {
        look_ = loop_.after(kLookPeriod, [this] { look(); });
    }
}

/// What is wanted of all is in the store with each queue, so there is one at least.
void Forwarder::keep_wish() {
    if (all_ && !ends_ &&
        std::ranges::none_of(forwards_, [](const auto& each) { return is_wanted(*each.second); })) {
        (void)queues_.find(kDeadLetters, std::nullopt);  // while it is being deleted: later
    }
}

void Forwarder::note_state() {
    const DrainReport now = totals();
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
    if (std::ranges::find(ways_.kept, &connection) != ways_.kept.end()) {
        return;
    }
    ways_.kept.push_back(&connection);
    add_uplink(connection);
}

void Forwarder::add_uplink(BrokerConnection& connection) {
    if (std::ranges::find(ways_.uplinks, &connection) == ways_.uplinks.end()) {
        ways_.uplinks.push_back(&connection);
    }
    for (const auto& [number, forward] : forwards_) {
        stir(forward->queue());  // it may wait for this one
    }
}

void Forwarder::remove(BrokerConnection& connection) {
    std::erase(ways_.kept, &connection);
    std::erase(ways_.uplinks, &connection);
    for (const auto& [number, forward] : forwards_) {
        forward->forget(connection);
    }
}

DrainReport Forwarder::totals() const {
    DrainReport report{.all = all_};
    for (const auto& [number, forward] : forwards_) {
        add_to(report, *forward, loop_.now());
    }
    if (report.queues > 0 || report.staying > 0 || all_) {
        report.state = report.empty == report.queues ? State::drained : State::draining;
    }
    return report;
}

DrainReport Forwarder::report() const {
    DrainReport report = totals();
    std::vector<const Forward*> left;
    std::vector<const Forward*> stays;
    for (const auto& [number, forward] : forwards_) {
        if (is_staying(*forward)) {
            stays.push_back(forward.get());
        } else if (is_wanted(*forward) && !is_done(*forward)) {
            left.push_back(forward.get());
        }
    }
    report.left = lines_of(std::move(left), loop_.now());
    report.stays = lines_of(std::move(stays), loop_.now());
    return report;
}

const Forward* Forwarder::of(const QueueNode& queue) const {
    const auto found = forwards_.find(queue.number());
    return found == forwards_.end() ? nullptr : found->second.get();
}

ForwardTotals Forwarder::forwarded() const {
    ForwardTotals totals;
    for (const auto& [number, forward] : forwards_) {
        ++totals.queues[forward->state()];
        const forwarding::CourseCounters& counters = forward->course().counters();
        totals.messages.accepted += counters.accepted;
        totals.messages.returned += counters.returned;
        totals.messages.rejected += counters.rejected;
    }
    totals.queues.erase(ForwardState::none);
    return totals;
}

}  // namespace weft::broker
