#include "broker/node/queue_node.hpp"

#include "broker/node/producer_link.hpp"
#include "broker/node/queues.hpp"
#include "broker/node/taker.hpp"
#include "broker/queue/verdict.hpp"
#include "common/base/conditions.hpp"
#include "common/base/printable.hpp"
#include "common/wire/delivery_state.hpp"

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>
#include <variant>

namespace weft::broker {
namespace {

/// What is behind a queue that is its own dead letter queue, or has none: nothing. That of all
/// queues ends somewhere in any case: what is too much for it, or too old, nobody needs.
queue::Shared<queue::Settings> machine_settings(const std::string& name,
                                                const std::shared_ptr<const QueueEntry>& entry) {
    queue::Settings settings = entry->settings;
    settings.last_resort = entry->dead_letter == name || entry->dead_letter.empty();
    if (name == kDeadLetters) {
        settings.overflow = queue::Overflow::drop_oldest;
        if (settings.messages_max == 0 && settings.bytes_max == 0) {
            settings.bytes_max = kDeadLetterBytes;
        }
        if (settings.ttl_default == 0 && settings.ttl_max == 0) {
            settings.ttl_default = kDeadLetterMilliseconds;
        }
    }
    if (settings == entry->settings) {
        return std::shared_ptr<const queue::Settings>{entry, &entry->settings};
    }
    return settings;
}

std::string_view words_of(queue::Death death) {
    switch (death) {
        case queue::Death::rejected:
            return "rejected";
        case queue::Death::deliveries_spent:
            return "maxDeliveries failed";
        case queue::Death::expired:
            return "expired";
        case queue::Death::undeliverable:
            return "undeliverable";
        case queue::Death::damaged:
            return "damaged";
    }
    return "";
}

/// Where what dies in a queue died. Another subscription may have its queue's name some day, but
/// not its number.
std::shared_ptr<const queue::Provenance> provenance_of(const QueueNode& queue,
                                                       std::string_view reason) {
    const bool named = queue.entry().subscription.empty();
    return std::make_shared<const queue::Provenance>(
        queue::Provenance{.queue = queue.name(),
                          .number = named ? 0 : static_cast<std::uint64_t>(queue.number()),
                          .reason = std::string{reason}});
}

}  // namespace

QueueNode::QueueNode(Queues& queues,
                     store::QueueNumber number,
                     std::string name,
                     std::shared_ptr<const QueueEntry> entry,
                     const queue::Stored& stored)
    : queues_{queues},
      number_{number},
      name_{std::move(name)},
      entry_{std::move(entry)},
      machine_{machine_settings(name_, entry_), stored, queue::Limits{}, &queues.words()} {
    queues_.change_grave(name_, {}, entry_->dead_letter);
}

void QueueNode::change(const QueueEntry& told) {
    QueueEntry entry = told;
    entry.draining = told.draining ? told.draining : entry_->draining;
    if (entry == *entry_) {
        return;
    }
    const bool took_credit = credit_share() > 0;
    queues_.change_grave(name_, entry_->dead_letter, entry.dead_letter);
    entry_ = std::make_shared<const QueueEntry>(std::move(entry));
    queues_.store().set_settings(number_, entry_text(*entry_));
    machine_.change(machine_settings(name_, entry_), actions_);
    if (!took_credit && credit_share() > 0) {  // it may be full as ever, and block no more
        actions_.push_back(queue::Room{});
    }
    if (entry_->is_draining()) {
        for (ProducerLink* producer : producers_) {
            producer->grant();  // what they have is taken back
        }
    }
    queues_.note(*this, QueueEvent::changed);
    stir();
}

QueueNode::~QueueNode() {
    queues_.read_ahead().note_ready(ready_counted_, 0);
    queues_.read_ahead().note_moving(*this);
}

void QueueNode::add_to(std::uint64_t* bytes) {
    if (bytes_ != nullptr) {
        *bytes_ -= std::exchange(bytes_counted_, 0);
    }
    bytes_ = bytes;
    note_bytes();
}

void QueueNode::bound_window() {
    const ReadAhead& all = queues_.read_ahead();
    machine_.window().bound(all.window_bytes(), all.keeps());
}

void QueueNode::note_bytes() {
    if (bytes_ != nullptr) {
        *bytes_ += machine_.stock().bytes();
        *bytes_ -= std::exchange(bytes_counted_, machine_.stock().bytes());
    }
    const std::size_t ready = machine_.window().bytes();
    queues_.read_ahead().note_ready(std::exchange(ready_counted_, ready), ready);
}

void QueueNode::stir() {
    queues_.stir(*this);
}

// --- producers -------------------------------------------------------------------------------

void QueueNode::remove_producer(ProducerLink& producer) {
    producers_.erase(&producer);
    stir();
}

std::uint64_t QueueNode::credit_share() const {
    const queue::Settings& settings = machine_.settings();
    const bool blocks = settings.overflow == queue::Overflow::block;
    if (entry_->is_draining() || (machine_.stock().is_full() && blocks) ||
        machine_.words().awaits_fences()) {
        return 0;
    }
    if (settings.overflow != queue::Overflow::block || settings.messages_max == 0) {
        return std::numeric_limits<std::uint64_t>::max();
    }
    const std::uint64_t free = settings.messages_max - machine_.depth();
    return std::max<std::uint64_t>(1, free / std::max<std::size_t>(1, producers_.size()));
}

/// What a message of so many words is refused for.
Error QueueNode::no_room_for_words(queue::Offered::Kind kind) const {
    const std::string name = "'" + printable(name_) + "'";
    const queue::Settings& settings = entry_->settings;
    if (kind == queue::Offered::Kind::keys_full) {
        return {kResourceLimitExceeded, name + " has messages of as many different " +
                                            printable(settings.last_value_key) +
                                            " (its lastValueKey) as it may (maxKeys): receive "
                                            "from it, or raise that"};
    }
    queue::WordBudget& words = queues_.words();
    ++words.refused;
    return {kResourceLimitExceeded,
            name +
                " can remember no more of its messages (lastValueKey, duplicateWindow of its "
                "entry): all queues of the broker have " +
                std::to_string(words.bytes) + " of " + std::to_string(words.bytes_max) +
                " bytes for that, and this one its share; receive from queues with a lastValueKey, "
                "or lower duplicateWindow where it is large"};
}

Refusal QueueNode::refusal_of(const queue::Offered& offered) const {
    using Kind = queue::Offered::Kind;
    switch (offered.kind) {
        case Kind::keys_full:
        case Kind::words_full:
            return no_room_for_words(offered.kind);
        case Kind::fenced:
            return fenced_off(name_, *offered.fence);
        case Kind::unread:
            return queue_unread(name_);
        case Kind::full:
        case Kind::taken:
        case Kind::known:
            break;
    }
    return queue_full(name_);
}

Result<queue::Arrival> QueueNode::arrival(const Sections& sections) const {
    return arrival_of(sections, machine_.settings(), queues_.now());
}

Result<void> QueueNode::weigh(const Sections& sections, queue::Ahead& ahead) const {
    using Kind = queue::Offered::Kind;
    WEFT_TRY(const queue::Arrival arriving, arrival(sections));
    const queue::Offered offered = queue::verdict(machine_, arriving, ahead);
    const bool is_buried =
        offered.kind == Kind::full && machine_.settings().overflow == queue::Overflow::dead_letter;
    if (offered.kind != Kind::taken && offered.kind != Kind::known && !is_buried) {
        return tl::unexpected(refusal_of(offered).error);
    }
    if (offered.kind == Kind::taken) {  // else nothing of it is kept here
        ahead.add(arriving);
    }
    return {};
}

tl::expected<std::size_t, Refusal> QueueNode::offer(const queue::Payload& payload,
                                                    const Sections& sections,
                                                    const Origin& origin,
                                                    bool weighed) {
    using Kind = queue::Offered::Kind;
    auto arrived = arrival(sections);
    if (!arrived && weighed) {  // its entry has changed since: it has no key and no name
        arrived = arrival_of(sections, queue::Settings{}, queues_.now());
    }
    if (!arrived) {
        return tl::unexpected(arrived.error());
    }
    queue::Arrival arriving = *std::move(arrived);
    arriving.payload = payload;
    arriving.weighed = weighed;
    const queue::Offered offered = machine_.offer(std::move(arriving), queues_.now(), appends_);
    switch (offered.kind) {
        case Kind::taken:
            append(offered.id, origin);
            return 1;
        case Kind::known:
            if (offered.id == 0) {
                return 0;
            }
            waiting_.use().push_back(
                {offered.id, origin.producer, origin.delivery, origin.message});
            return 1;
        case Kind::full:
            if (machine_.settings().overflow == queue::Overflow::dead_letter) {
                break;
            }
            [[fallthrough]];
        case Kind::keys_full:
        case Kind::words_full:
        case Kind::fenced:
        case Kind::unread:
            return tl::unexpected(refusal_of(offered));
    }
    QueueNode& grave = queues_.dead_letters_of(*this);
    const queue::Moved taken = grave.take_moved(payload->size(), sections.priority);
    grave.appends_.emplace_back(queue::Append{.id = taken.id,
                                              .expires = taken.expires,
                                              .priority = sections.priority,
                                              .payload = payload,
                                              .provenance = provenance_of(*this, "overflow")});
    grave.append(taken.id, origin);
    return 1;
}

/// A message's number is the next one, so it goes to the store before another's dead one can.
void QueueNode::append(queue::MessageId id, const Origin& origin) {
    for (const queue::Action& one : std::exchange(appends_, {})) {
        std::visit([this](const auto& each) { carry_out(each); }, one);
    }
    arrivals_.note(id, queues_.now());
    waiting_.use().push_back({id, origin.producer, origin.delivery, origin.message});
    note_bytes();
    stir();
}

queue::Moved QueueNode::take_moved(std::uint64_t size, queue::Priority priority) {
    const queue::WallTime now = queues_.now();
    const queue::Moved taken = machine_.take_moved(size, priority, now);
    arrivals_.note(taken.id, now);
    return taken;
}

void QueueNode::on_stored(queue::MessageId through) {
    bound_window();
    machine_.on_stored(through, actions_);
    note_bytes();
    while (!waiting_->empty() && waiting_->front().id <= through) {
        const Waiting one = std::move(waiting_.use().front());
        waiting_.use().pop_front();
        if (const auto producer = one.producer.lock()) {
            producer->on_stored(one.delivery);
        }
    }
    stir();
}

// --- consumers -------------------------------------------------------------------------------

bool is_unused(const QueueNode& queue) {
    return queue.machine().depth() == 0 && queue.producers() == 0 &&
           queue.machine().attached().all() == 0;
}

Result<void> admit(const QueueNode& queue, const queue::Joining& how) {
    const queue::Attached there = queue.machine().attached();
    if (there.all() >= QueueNode::kConsumersMax) {
        return fail(kResourceLimitExceeded,
                    "'" + printable(queue.name()) + "' has " +
                        std::to_string(QueueNode::kConsumersMax) +
                        " consumers, as many as a queue may have: close some, or share the work "
                        "between several queues");
    }
    if (how.choose && !how.browses && there.pickers >= QueueNode::kPickersMax) {
        return fail(kResourceLimitExceeded,
                    "'" + printable(queue.name()) + "' has " +
                        std::to_string(QueueNode::kPickersMax) +
                        " consumers with a selector, as many as a queue may have, for each looks "
                        "at each message: give them queues of their own");
    }
    return {};
}

queue::ConsumerId QueueNode::add_consumer(Taker& taker, queue::Joining how) {
    const queue::ConsumerId id{++consumers_made_};
    consumers_.emplace(id, &taker);
    machine_.attach(id, std::move(how));
    return id;
}

void QueueNode::remove_consumer(queue::ConsumerId id, bool failed) {
    consumers_.erase(id);
    machine_.detach(id, failed, queues_.now(), actions_);
    stir();
}

void QueueNode::set_credit(queue::ConsumerId id, std::uint32_t credit, bool drain) {
    machine_.set_credit(id, credit, drain);
    stir();
}

void QueueNode::hold(queue::ConsumerId id, bool held) {
    machine_.hold(id, held);
    stir();
}

bool QueueNode::settle(queue::ConsumerId id,
                       queue::MessageId message,
                       const queue::Outcome& outcome) {
    const bool had = machine_.settle(id, message, outcome, queues_.now(), actions_);
    if (had) {
        stir();
    }
    return had;
}

void QueueNode::give_back(queue::ConsumerId id,
                          queue::MessageId message,
                          const queue::Outcome& outcome,
                          bool drain) {
    machine_.give_back(id, message, outcome, drain, queues_.now(), actions_);
    stir();
}

void QueueNode::confirm(queue::ConsumerId id, wire::DeliveryId delivery, Bytes state) {
    confirmations_.push_back({id, delivery, wire::bare(state)});
    stir();
}

void QueueNode::confirm_all() {
    if (confirmations_.empty()) {
        return;
    }
    queues_.store().wait([this, all = std::exchange(confirmations_, {})] {
        for (const Confirmation& one : all) {
            if (const auto link = consumers_.find(one.consumer); link != consumers_.end()) {
                link->second->on_settled(one.delivery, one.state);
            }
        }
    });
}

// --- operators -------------------------------------------------------------------------------

bool QueueNode::move(const queue::Deliver& delivered, QueueNode& to) {
    const bool had =
        settle(delivered.consumer, delivered.id, {.kind = queue::Outcome::Kind::moved});
    if (had) {
        const queue::Moved taken = to.take_moved(delivered.payload->size(), delivered.priority);
        queues_.store().move({.from = number_,
                              .id = delivered.id,
                              .to = to.number_,
                              .new_id = taken.id,
                              .size = delivered.payload->size(),
                              .expires = taken.expires});
    }
    return had;
}

void QueueNode::let_go() {
    queues_.change_grave(name_, entry_->dead_letter, {});
    for (const auto& [id, taker] : std::map{consumers_}) {
        taker->on_deleted();
    }
    for (ProducerLink* producer : std::set{producers_}) {
        producer->on_deleted();
    }
}

// --- what the machine asks for ---------------------------------------------------------------

bool QueueNode::run() {
    const bool looks = take_browsed();
    bound_window();
    const std::uint64_t given = machine_.counters().delivered;
    const bool more = machine_.dispatch(queues_.now(), actions_);
    const bool any = machine_.counters().delivered != given;
    carry_out_all();
    note_bytes();
    note_taken(any);
    return more || looks;
}

/// What is ready yet nobody takes now.
void QueueNode::note_taken(bool any) {
    if (machine_.window().bytes() == 0) {
        queues_.read_ahead().note_moving(*this);
    } else if (any || !is_still()) {
        queues_.read_ahead().note_still(*this, /*begun=*/false);
    }
}

/// It is read again for who takes it.
void QueueNode::give_back() {
    machine_.window().unload();
    note_bytes();
}

std::string QueueNode::who() const {
    return "consumers of '" + printable(name_) + "' take nothing of " +
           std::to_string(ready_counted_) + " bytes that are ready for them";
}

/// What was read for browsers and pickers is asked their selectors in turns of the queue, so that
/// others have theirs. True: there is more.
bool QueueNode::take_browsed() {
    if (!browsed_->empty()) {
        const Browsed one = std::move(browsed_.use().front());
        browsed_.use().pop_front();
        machine_.on_browsed(one.consumer, one.reading.records, one.reading.through, actions_);
    }
    return !browsed_->empty();
}

void QueueNode::carry_out_all() {
    for (const queue::Action& action : std::exchange(actions_, {})) {
        std::visit([this](const auto& one) { carry_out(one); }, action);
    }
    confirm_all();
}

void QueueNode::carry_out(const queue::Append& append) {
    queues_.store().append(number_, append);
}

void QueueNode::carry_out(const queue::Remove& remove) {
    queues_.store().remove(number_, remove.id, remove.size);
}

void QueueNode::carry_out(const queue::Drop& drop) {
    using Cause = queue::Drop::Cause;
    if (drop.cause != Cause::replaced) {  // to be replaced is what others are for
        const bool expired = drop.cause == Cause::expired;
        queues_.note_end(*this, drop.id,
                         "is dropped: reason=" + std::string{expired ? "expired" : "overflow"});
    }
    queues_.store().remove(number_, drop.id, drop.size);
}

void QueueNode::carry_out(const queue::Recount& recount) {
    queues_.store().recount(number_, recount.id, recount.failures);
}

void QueueNode::carry_out(const queue::Bury& bury) {
    if (bury.death == queue::Death::damaged) {
        queues_.note_end(*this, bury.id,
                         "is set aside: reason=damaged; the disk gave back other bytes than it "
                         "was given ('weft broker verify' lists such messages)");
        queues_.store().set_aside(number_, bury.id, bury.size);
        return;
    }
    QueueNode& grave = queues_.dead_letters_of(*this);
    std::string reason{words_of(bury.death)};
    reason += bury.why.empty() ? "" : ": " + bury.why;
    queues_.note_end(*this, bury.id,
                     "goes to '" + printable(grave.name()) + "': reason=" + printable(reason) +
                         " failures=" + std::to_string(bury.failures));
    const queue::Moved taken = grave.take_moved(bury.size, bury.priority);
    queues_.store().move({.from = number_,
                          .id = bury.id,
                          .to = grave.number(),
                          .new_id = taken.id,
                          .size = bury.size,
                          .expires = taken.expires,
                          .provenance = provenance_of(*this, reason)});
}

/// What its machine must know of messages that were read.
void QueueNode::describe(std::vector<queue::Record>& records) const {
    if (entry_->settings.groups) {
        for (queue::Record& record : records) {
            broker::describe(record, entry_->settings.last_value_key);
        }
    }
}

void QueueNode::carry_out(const queue::Load& load) {
    read(load.range, [this, range = load.range](store::Reading reading) {
        describe(reading.records);
        machine_.on_loaded(range, std::move(reading.records), reading.through);
        stir();
    });
}

void QueueNode::carry_out(const queue::Browse& browse) {
    read(browse.range, [this, id = browse.consumer](store::Reading reading) {
        describe(reading.records);
        browsed_.use().push_back({id, std::move(reading)});
        stir();
    });
}

void QueueNode::carry_out(const queue::ReadKeys& keys) {
    read(keys.range, [this, key = entry_->settings.last_value_key](store::Reading reading) {
        for (queue::Record& record : reading.records) {
            broker::describe(record, key);
        }
        machine_.on_keyed(reading.records, reading.through, actions_);
        stir();
    });
}

void QueueNode::read(const queue::Range& range, std::function<void(store::Reading)> done) {
    const std::uint64_t there = machine_.stock().bytes();
    queues_.read(number_, range, std::min<std::uint64_t>(there, range.bytes), std::move(done));
}

void QueueNode::carry_out(const queue::Ripen& ripen) {
    queues_.store().ripen(number_, ripen, [this](const queue::Ripened& ripened) {
        machine_.on_ripened(ripened);
        stir();
    });
}

void QueueNode::carry_out(const queue::ForgetNames& forget) {
    queues_.store().forget_names(number_, forget.through);
}

void QueueNode::carry_out(const queue::Sweep& sweep) {
    queues_.store().sweep(number_, sweep, [this](const queue::Swept& swept) {
        machine_.on_swept(swept, actions_);
        stir();
    });
}

void QueueNode::carry_out(const queue::Deliver& deliver) {
    if (const auto consumer = consumers_.find(deliver.consumer); consumer != consumers_.end()) {
        consumer->second->deliver(deliver);
    }
}

void QueueNode::carry_out(const queue::Drained& drained) {
    if (const auto consumer = consumers_.find(drained.consumer); consumer != consumers_.end()) {
        consumer->second->on_drained();
    }
}

void QueueNode::carry_out(const queue::Room&) {
    for (ProducerLink* producer : producers_) {
        producer->grant();
    }
    queues_.note(*this, QueueEvent::room);
}

}  // namespace weft::broker
