#include "broker/node/forward.hpp"

#include "broker/forwarding/envelope.hpp"
#include "broker/node/broker_connection.hpp"
#include "broker/node/queues.hpp"
#include "common/base/conditions.hpp"
#include "common/base/printable.hpp"
#include "common/wire/delivery_state.hpp"
#include "common/wire/value.hpp"

#include <limits>
#include <utility>

namespace weft::broker {
namespace {

constexpr queue::MessageId kLastMessage = std::numeric_limits<std::int64_t>::max();
/// A message is at most so much longer when it goes, by what it says in front.
constexpr std::uint64_t kLongerMost = 1024;

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
    return "rejected: " + printable(description.empty() ? condition : description);
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

/// Whether other brokers keep it may change.
void Forward::look_at_entry() {
    const QueueEntry& entry = queue_.entry();
    stays_ = forwarding::why_it_stays({.of_subscription = !entry.subscription.empty(),
                                       .of_routers = entry.authority == Authority::routers,
                                       .is_pattern = entry.is_pattern,
                                       .brokers = entry.brokers.size()});
    Draining draining = *entry.draining;
    if (draining.stays != !stays_.empty()) {
        draining.stays = !stays_.empty();
        draining.closed = false;
        emptying_ = {};
        change(draining);
    }
}

/// One that is empty needs no link until something comes.
bool Forward::has_to_leave() const {
    return !ends_ && queue_.entry().is_draining() && (queue_.machine().depth() > 0 || !is_empty());
}

void Forward::advance() {
    const Instant now = loop_.now();
    if (queue_.entry().is_to_drain()) {
        look_at_entry();
    }
    if (has_to_leave()) {
        course_.begin_again();
    } else {
        course_.end();
    }
    course_.on_time(now);
    give_up_link(now);
    tell_credit();
    if (course_.stage() == forwarding::Course::Stage::ending && is_idle()) {
        detach();
        course_.on_idle();
    }
    if (queue_.machine().depth() > 0 && course_.wants_link(now)) {
        attach();
    }
    if (queue_.entry().is_draining()) {
        check();
    }
    set_alarm();
}

void Forward::set_alarm() {
    alarm_.cancel();
    if (const Instant due = course_.due(); due != kNever) {
        const Instant now = loop_.now();
        if (due > now) {
            alarm_ = loop_.after(due - now, [this] { advance(); });
        }
    }
}

/// Messages that transactions have for it.
std::size_t Forward::promised() const {
    return queues_.transactions().messages_for(static_cast<std::uint64_t>(queue_.number()));
}

// --- empty -----------------------------------------------------------------------------------

void Forward::check() {
    if (queue_.machine().depth() == 0) {
        too_large_.clear();
    }
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
    if (ways_.empty()) {
        return;  // one that comes is told of
    }
    connection_ = ways_[course_.losses() % ways_.size()];
    course_.on_asked(loop_.now());
    link_ = connection_->forward(queue_, *this);
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
               ways_.size() > 1) {
        why = "by that router no other broker takes them: the next one is asked";
    }
    if (!why.empty()) {
        detach();
        on_lost(std::move(why));
    }
}

/// Only when it is otherwise than before: each time the queue has something to do.
void Forward::tell_credit() {
    const bool gives = course_.gives();
    if (gives != std::exchange(gives_told_, gives) && link_ != nullptr) {
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

std::string Forward::trouble() const {
    using Stage = forwarding::Course::Stage;
    if (!kept_.empty() || !too_large_.empty()) {
        return kept_.empty() ? too_large_ : kept_;
    }
    if (queue_.machine().depth() == 0 && promised() > 0) {
        return "transactions that are open have " + std::to_string(promised()) + " messages for it";
    }
    if (!course_.error().empty() || queue_.machine().depth() == 0) {
        return course_.error();
    }
    if (course_.stage() == Stage::waiting) {
        return "no router that keeps addresses at this broker is connected";
    }
    if (course_.stage() == Stage::attaching) {
        return "the router has not answered the attach of a link yet";
    }
    if (course_.stage() != Stage::open || course_.rate(loop_.now()) > 0) {
        return "";
    }
    // Routers may hold some until there is somebody.
    const std::string why =
        "no other broker takes them: none of the queue is connected, or all are full";
    return is_idle()
               ? why
               : why + "; the router '" + printable(connection_->engine().remote_container()) +
                     "' holds " + std::to_string(link_->unsettled()) + " until one does";
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
        {.failures = deliver.failures, .expires = deliver.expires, .due = deliver.due},
        queues_.now());
    return {.header = std::move(made.head), .skip = made.skip};
}

queue::Outcome Forward::judge(Bytes state) const {
    using Kind = queue::Outcome::Kind;
    switch (wire::outcome_of(state)) {
        case wire::Outcome::accepted:
            return {.kind = Kind::forwarded};
        case wire::Outcome::rejected:
            return {.kind = is_verdict(state) ? Kind::rejected : Kind::released};
        default:
            return {.kind = Kind::released};
    }
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
            course_.on_rejected(rejection_words(state), loop_.now());
            break;
        default:
            course_.on_returned(wire::outcome_of(state) == wire::Outcome::rejected
                                    ? rejection_words(state)
                                    : "no other broker took it",
                                loop_.now());
            set_alarm();
            break;
    }
}

void Forward::on_too_large(std::uint64_t size, std::uint64_t most) {
    too_large_ = "a message of " + std::to_string(size) +
                 " bytes stays: the router takes at most " + std::to_string(most);
}

}  // namespace weft::broker
