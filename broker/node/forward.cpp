#include "broker/node/forward.hpp"

#include "broker/forwarding/envelope.hpp"
#include "broker/forwarding/trail.hpp"
#include "broker/node/broker_connection.hpp"
#include "broker/node/queues.hpp"
#include "common/base/conditions.hpp"
#include "common/base/printable.hpp"
#include "common/wire/delivery_state.hpp"
#include "common/wire/sections.hpp"
#include "common/wire/value.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace weft::broker {
namespace {

constexpr queue::MessageId kLastMessage = std::numeric_limits<std::int64_t>::max();
/// A message is at most so much longer when it goes, by what it says in front.
constexpr std::uint64_t kLongerMost = 1024;
/// Bytes of what who rejects one says, as the dead letter has it.
constexpr std::size_t kWhyMost = 200;

/// The error of a rejected state: {condition, description}; empty texts: it has none.
std::pair<std::string, std::string> error_in(Bytes state) {
    const auto list_of = [](const wire::Value* value) {
        const auto* described = value == nullptr ? nullptr : value->as<wire::Described>();
        return described == nullptr || !described->value ? nullptr
                                                         : described->value->as<wire::List>();
    };
    const auto text_at = [](const wire::List& list, std::size_t at) {
        const std::string* text = at < list.size() ? list[at].text() : nullptr;
        return text == nullptr ? std::string{} : *text;
    };
    const auto value = wire::decode(state);
    const auto* fields = value ? list_of(&*value) : nullptr;
    const auto* error = fields == nullptr || fields->empty() ? nullptr : list_of(&fields->front());
    if (error == nullptr) {
        return {};
    }
    return {text_at(*error, 0), text_at(*error, 1)};
}

/// Whether a rejection is of the message, and not of the time: it may be taken later.
bool is_verdict(Bytes state) {
    return error_in(state).first != kResourceLimitExceeded;
}

std::string rejection_words(Bytes state) {
    const auto [condition, description] = error_in(state);
    return printable(description.empty() ? condition : description);
}

/// Of a modified state: who says that can't process the message, now or ever.
bool is_undeliverable(Bytes state) {
    return outcome_of(state).value_or(queue::Outcome{}).elsewhere;
}

/// What the queue hears where a message is no good.
queue::Outcome rejected(std::string why) {
    why.resize(std::min(why.size(), kWhyMost));
    return {.kind = queue::Outcome::Kind::rejected, .why = std::move(why)};
}

}  // namespace

Forward::Forward(io::Loop& loop,
                 Queues& queues,
                 QueueNode& queue,
                 const Ways& ways,
                 const forwarding::Course::Patience& patience)
    : loop_{loop}, queues_{queues}, queue_{queue}, ways_{ways}, course_{patience} {}

Forward::~Forward() {
    detach();
}

// --- what is wanted --------------------------------------------------------------------------

void Forward::set(Draining::Scope scope) {
    if (scope == Draining::Scope::none) {
        change({});
        emptying_ = {};
    } else {
        change({.scope = scope});
    }
    advance();
}

void Forward::end() {
    ends_ = true;
    advance();
}

void Forward::change(Draining draining) {
    QueueEntry entry = queue_.entry();
    entry.draining = draining;
    queue_.change(entry);
}

const std::vector<BrokerConnection*>& Forward::ways() const {
    return rule_ ? ways_.uplinks : ways_.kept;
}

/// Where its messages are to go.
std::string Forward::goal() const {
    return rule_ ? rule_->to : queue_.name();
}

/// Whether what is scheduled leaves at once, and waits there.
bool Forward::is_early() const {
    return !rule_ || queue_.entry().is_draining();
}

void Forward::look_at_rule() {
    const std::optional<forwarding::Rule>& told = queue_.entry().forward;
    impossible_ = told ? forwarding::why_no_rule(queue_.name(), *told) : "";
    const std::optional<forwarding::Rule> wanted = impossible_.empty() ? told : std::nullopt;
    if (wanted == rule_) {
        return;
    }
    rule_ = wanted;
    const forwarding::Rule rule = rule_.value_or(forwarding::Rule{});
    course_.set({.first = rule.pause_first, .most = rule.pause_most});
    pace_.set(rule.per_second);
    pace_due_ = loop_.now();
}

/// Whether other brokers keep it may change.
void Forward::look_at_entry() {
    const QueueEntry& entry = queue_.entry();
    stays_ = forwarding::why_it_stays({.of_subscription = !entry.subscription.empty(),
                                       .of_routers = entry.authority == Authority::routers,
                                       .is_pattern = entry.is_pattern,
                                       .has_rule = rule_.has_value(),
                                       .brokers = entry.brokers.size()});
    Draining draining = *entry.draining;
    if (draining.stays != !stays_.empty()) {
        draining.stays = !stays_.empty();
        draining.closed = false;
        emptying_ = {};
        change(draining);
    }
}

/// One that is empty needs no link until something comes. One to where messages no longer go ends.
bool Forward::has_to_leave(Instant now) const {
    const bool drains =
        queue_.entry().is_draining() && (queue_.machine().depth() > 0 || !is_empty());
    const bool elsewhere =
        link_ != nullptr && (link_goal_ != goal() || link_is_early_ != is_early());
    return !ends_ && !elsewhere && (drains || has_to_follow_rule(now));
}

/// While messages come and go the link stays.
bool Forward::has_to_follow_rule(Instant now) const {
    const bool is_used = course_.has_link() &&
                         course_.stage() != forwarding::Course::Stage::ending &&
                         !course_.stands(now);
    return rule_ && (queue_.machine().depth() > 0 || is_used);
}

void Forward::advance() {
    const Instant now = loop_.now();
    look_at_rule();
    if (queue_.entry().is_to_drain()) {
        look_at_entry();
    }
    if (has_to_leave(now)) {
        course_.begin_again();
    } else {
        course_.end();
    }
    course_.on_time(now);
    give_up_link(now);
    tell_credit(now);
    if (course_.stage() == forwarding::Course::Stage::ending && is_idle()) {
        detach();
        course_.on_idle();
        if (has_to_leave(now)) {
            course_.begin_again();
        }
    }
    if (queue_.machine().depth() > 0 && course_.wants_link(now)) {
        attach();
    }
    if (queue_.machine().depth() == 0) {
        held_back_.clear();
    }
    if (queue_.entry().is_draining()) {
        check();
    }
    set_alarm();
}

void Forward::set_alarm() {
    alarm_.cancel();
    const Instant now = loop_.now();
    const queue::Queue& machine = queue_.machine();
    if (course_.gives() && machine.depth() > machine.unsettled() && pace_.ready(now) == 0) {
        pace_due_ = pace_.due(now);
    }
    Instant next = kNever;
    for (const Instant due : {course_.due(), pace_due_}) {
        next = due > now ? std::min(next, due) : next;
    }
    if (next != kNever) {
        alarm_ = loop_.after(next - now, [this] { advance(); });
    }
}

/// Messages that transactions have for it.
std::size_t Forward::promised() const {
    return queues_.transactions().messages_for(static_cast<std::uint64_t>(queue_.number()));
}

// --- empty -----------------------------------------------------------------------------------

void Forward::check() {
    const bool more_may_come = promised() > 0;
    const bool ask = emptying_.note(queue_.machine().depth(), more_may_come);
    if (const Draining draining = *queue_.entry().draining;
        draining.closed != emptying_.is_closed()) {
        change({.scope = draining.scope, .closed = emptying_.is_closed()});
    }
    if (ask) {
        ++asked_;
        ask_store(1);
    }
}

/// The answer is as of all that was asked before. No message is brought into memory for it.
void Forward::ask_store(queue::MessageId from) {
    queues_.store().read(
        queue_.number(), {.from = from, .through = kLastMessage, .messages = 1, .bytes = 1},
        [self = std::weak_ptr{self_}, asked = asked_](const store::Reading& reading) {
            const auto forward = self.lock();
            if (!forward || (*forward)->asked_ != asked) {
                return;
            }
            const bool none = reading.records.empty() && reading.larger == 0;
            if (none && reading.through < kLastMessage) {
                (*forward)->ask_store(reading.through + 1);
                return;
            }
            (*forward)->kept_ = none ? "" : "the store has messages of it yet";
            (*forward)->emptying_.on_checked(none);
            if (none) {
                (*forward)->advance();
            }
        },
        /*most=*/0);
}

// --- the link --------------------------------------------------------------------------------

void Forward::attach() {
    if (ways().empty()) {
        return;  // one that comes is told of
    }
    connection_ = ways()[course_.losses() % ways().size()];
    course_.on_asked(loop_.now());
    link_goal_ = goal();
    link_is_early_ = is_early();
    link_ = connection_->forward(queue_, {.to = link_goal_, .early = link_is_early_}, *this);
    if (link_ == nullptr) {
        on_lost("the connection takes no more links");
    }
}

void Forward::detach() {
    if (link_ != nullptr) {
        connection_->stop_forwarding(*std::exchange(link_, nullptr));
    }
    connection_ = nullptr;
}

/// Nothing is under way.
bool Forward::is_idle() const {
    return link_ == nullptr || connection_->is_idle(*link_);
}

/// Who does not answer, or takes nothing while others may: the next one is asked. But what a router
/// holds it may still deliver, so that is waited for, and never sent by another one as well.
void Forward::give_up_link(Instant now) {
    if (link_ == nullptr) {
        return;
    }
    const queue::Queue& machine = queue_.machine();
    const bool waits = machine.depth() > machine.unsettled();
    std::string why;
    if (course_.is_unanswered(now)) {
        why = "the router does not answer the attach of a link";
    } else if ((course_.stands(now) || course_.is_refused_all()) && waits && is_idle() &&
               ways().size() > 1) {
        why = "by that router nobody takes them: the next one is asked";
    }
    if (!why.empty()) {
        detach();
        on_lost(std::move(why));
    }
}

/// Only when it is otherwise than before: each time the queue has something to do.
void Forward::tell_credit(Instant now) {
    const bool gives = course_.gives();
    const bool is_due = now >= pace_due_;
    pace_due_ = is_due ? kNever : pace_due_;
    if ((gives != std::exchange(gives_told_, gives) || is_due) && link_ != nullptr) {
        connection_->tell_credit(*link_);
    }
}

void Forward::on_attached() {
    course_.on_attached(loop_.now());
    gives_told_ = course_.gives();  // it asks now
}

void Forward::on_lost(std::string why) {
    link_ = nullptr;
    connection_ = nullptr;
    course_.on_lost(std::move(why), loop_.now());
    set_alarm();
}

void Forward::forget(const BrokerConnection& connection) {
    if (connection_ == &connection) {
        on_lost("the connection is lost");
    }
}

// --- messages --------------------------------------------------------------------------------

bool Forward::fits(const queue::Record& record, std::uint64_t most) {
    if (most == 0 || record.size + kLongerMost <= most) {
        return true;
    }
    const Redelivery made = dress(queue::delivery_of({}, record, record.payload));
    const std::uint64_t size = made.header.size() + record.payload->size() - made.skip;
    if (size > most) {
        on_too_large(size, most);
    }
    return size <= most;
}

Redelivery Forward::dress(const queue::Deliver& deliver) {
    forwarding::Envelope made = forwarding::envelope_of(
        *deliver.payload,
        {.failures = deliver.failures,
         .expires = deliver.expires,
         .due = deliver.due,
         .from = rule_ ? forwarding::trail_name(connection_->own_container(), queue_.name())
                       : std::string{}},
        queues_.now());
    return {.header = std::move(made.head), .skip = made.skip};
}

queue::Outcome Forward::judge(Bytes state) const {
    using Kind = queue::Outcome::Kind;
    switch (wire::outcome_of(state)) {
        case wire::Outcome::accepted:
            return {.kind = Kind::forwarded};
        case wire::Outcome::rejected:
            return is_verdict(state) ? rejected(rejection_words(state))
                                     : queue::Outcome{.kind = Kind::released};
        case wire::Outcome::modified:
            return is_undeliverable(state) ? rejected("undeliverable there")
                                           : queue::Outcome{.kind = Kind::released};
        default:
            return {.kind = Kind::released};
    }
}

/// After one that came back they go one at a time, until one is taken: so those behind it do not
/// overtake it, and who refuses all has little to refuse.
std::uint32_t Forward::allowed(std::uint32_t under_way) {
    if (!course_.gives()) {
        return 0;
    }
    if (!rule_) {
        return std::numeric_limits<std::uint32_t>::max();
    }
    const std::uint32_t window = course_.is_in_doubt() ? 1 : rule_->window;
    return std::min(window - std::min(window, under_way), pace_.ready(loop_.now()));
}

std::string Forward::refuses(const queue::Deliver& deliver) {
    if (!rule_) {
        return "";
    }
    std::string why = forwarding::why_no_further(
        forwarding::trail_of(*deliver.payload),
        forwarding::trail_name(connection_->own_container(), queue_.name()));
    if (why.empty() && dress(deliver).header.size() > wire::kHeaderBytesMax) {
        why = "its annotations have no room for the queues that it was forwarded from";
    }
    if (!why.empty()) {
        note_rejected(why);
        why.resize(std::min(why.size(), kWhyMost));
    }
    return why;
}

/// Of a queue without a dead letter queue it stays.
void Forward::note_rejected(const std::string& why) {
    course_.on_rejected(why, loop_.now());
    if (queue_.machine().settings().last_resort) {
        held_back_ = "a message stays, for the queue has no deadLetter: " + why;
    }
}

void Forward::on_given() {
    pace_.spend();
}

void Forward::on_settled(Bytes state) {
    note(state);
    gives_told_ = course_.gives();  // the link asks now
    if (course_.stage() == forwarding::Course::Stage::ending) {
        alarm_ = loop_.after(Duration::zero(), [this] { advance(); });
    }
}

void Forward::note(Bytes state) {
    switch (judge(state).kind) {
        case queue::Outcome::Kind::forwarded:
            course_.on_accepted(loop_.now());
            break;
        case queue::Outcome::Kind::rejected:
            note_rejected("rejected: " + judge(state).why);
            break;
        default:
            course_.on_returned(wire::outcome_of(state) == wire::Outcome::rejected
                                    ? "rejected: " + rejection_words(state)
                                : rule_ ? "nobody took it"
                                        : "no other broker took it",
                                loop_.now());
            set_alarm();
            break;
    }
}

void Forward::on_too_large(std::uint64_t size, std::uint64_t most) {
    held_back_ = "a message of " + std::to_string(size) +
                 " bytes stays: the router takes at most " + std::to_string(most);
}

}  // namespace weft::broker
