#include "router/transaction/session_coordinator.hpp"

#include "common/amqp/capabilities.hpp"
#include "common/base/assert.hpp"
#include "common/base/conditions.hpp"
#include "common/transaction/control.hpp"
#include "common/wire/delivery_state.hpp"

#include <algorithm>
#include <utility>

namespace weft::router_transaction {

using linkroute::PairEnd;

// --- the client's link --------------------------------------------------------------------------

void SessionCoordinator::serve(PairEnd& client, const amqp::Attach& attach) {
    WEFT_CHECK(life_ == Life::idle);
    life_ = Life::serving;
    client_ = &client;
    coming_ = {};
    count_ = attach.initial_delivery_count.value_or(0);
    granted_ = 0;
    const Bytes outcomes = attach.source ? attach.source->outcomes : Bytes{};
    takes_rejections_ = outcomes.empty() || amqp::has_capability(outcomes, "amqp:rejected:list");
    client.join(*this);
    const Buffer capabilities =
        amqp::capabilities({"amqp:local-transactions", "amqp:multi-txns-per-ssn"});
    client.attached({.sender_settle_mode = attach.sender_settle_mode,
                     .source = attach.source,
                     .target = amqp::Terminus{.kind = amqp::Terminus::Kind::coordinator,
                                              .capabilities = capabilities},
                     .max_message_size = kRequestBytesMax});
    grant();
}

/// By brokers, whom clients' declares and parts have asked.
std::size_t SessionCoordinator::unanswered() const {
    std::size_t count = 0;
    for (const auto& [broker, control] : controls_) {
        count += control->unanswered();
    }
    return count;
}

/// What waits to be looked at counts as under way, and so does what brokers have not answered.
void SessionCoordinator::grant() {
    const auto waiting = static_cast<std::uint32_t>(requests_.size() + unanswered());
    if (client_ != nullptr && granted_ + waiting < kCreditMax / 2) {
        granted_ = kCreditMax - waiting;
        (void)client_->flowed({.delivery_count = count_, .link_credit = granted_});
    }
}

std::size_t SessionCoordinator::transferred(const amqp::Transfer& transfer, Bytes payload) {
    if (client_ == nullptr) {
        return 0;  // the detach waits for room
    }
    if (coming_.delivery != transfer.delivery_id) {
        if (granted_ == 0) {
            end_link({kTransferLimitExceeded, "more requests than there is credit for"});
            return 0;
        }
        ++count_;
        --granted_;
        coming_ = {.delivery = *transfer.delivery_id};
    }
    if (transfer.settled.value_or(false)) {
        end_link({kInvalidField,
                  "what the coordinator is sent must be unsettled: its outcome is the answer"});
        return 0;
    }
    if (coming_.message.size() + payload.size() > kRequestBytesMax) {
        end_link({kMessageSizeExceeded, "a request to the coordinator has at most " +
                                            std::to_string(kRequestBytesMax) + " bytes"});
        return 0;
    }
    append(coming_.message, payload);
    if (transfer.aborted) {
        coming_.message.clear();
        port_.wake();  // credit
    } else if (!transfer.more) {
        if (!port_.keep(coming_.message.size())) {
            end_link({kResourceLimitExceeded, "too much of the connection's waits in the router"});
            return 0;
        }
        requests_.push_back({.delivery = coming_.delivery, .message = std::move(coming_.message)});
        port_.wake();
    }
    return 0;
}

/// The client may ask how its credit stands.
bool SessionCoordinator::flowed(const amqp::Flow& flow) {
    if (flow.echo && client_ != nullptr) {
        (void)client_->flowed({.delivery_count = count_, .link_credit = granted_});
    }
    return true;
}

void SessionCoordinator::detached(bool closed, const amqp::ErrorView*) {
    PairEnd* const client = std::exchange(client_, nullptr);
    life_ = Life::idle;
    if (client != nullptr) {  // else it is the answer to our detach
        leave();
        client->detached(closed, nullptr);
    }
}

void SessionCoordinator::lost(bool) {
    life_ = Life::idle;
    if (std::exchange(client_, nullptr) != nullptr) {
        leave();
    }
}

void SessionCoordinator::end_link(const Error& why) {
    if (PairEnd* const client = std::exchange(client_, nullptr)) {
        life_ = Life::ending;
        leave();
        const amqp::ErrorView error{why.condition, why.text, {}};
        client->detached(/*closed=*/true, &error);
    }
}

/// What the client declared and did not discharge is rolled back by the brokers that have it, for
/// the link that declared it there is gone.
void SessionCoordinator::leave() {
    transactions_.clear();
    while (!requests_.empty()) {
        (void)take_request();
    }
    ending_.clear();
    for (auto& [broker, control] : std::exchange(controls_, {})) {
        BrokerControl& closed = *control;
        closing_.emplace(&closed, std::move(control));
        closed.close();
    }
    tell_turnstiles();
}

/// All that hold words are to look at them again.
void SessionCoordinator::tell_turnstiles() {
    for (auto& [name, turnstiles] : awaiting_) {
        due_.splice(due_.end(), turnstiles);
    }
    awaiting_.clear();
    port_.wake();
}

/// Those that wait for that transaction are.
void SessionCoordinator::tell_turnstiles(std::string_view name) {
    if (const auto at = awaiting_.find(name); at != awaiting_.end()) {
        due_.splice(due_.end(), at->second);
        awaiting_.erase(at);
    }
    port_.wake();  // requests may have waited, too
}

/// More may be known since it asked.
void SessionCoordinator::list(Turnstile& turnstile) {
    const std::string_view name = turnstile.awaited();
    if (transactions_.is_asked(name)) {
        awaiting_[std::string(name)].push_back(turnstile);
    } else {
        due_.push_back(turnstile);
        port_.wake();
    }
}

void SessionCoordinator::close() {
    life_ = Life::idle;
    client_ = nullptr;
    leave();
    while (!closing_.empty()) {
        closing_.begin()->second->end().on_lost();
    }
}

// --- requests -----------------------------------------------------------------------------------

void SessionCoordinator::work(std::size_t& left) {
    left -= std::min<std::size_t>(left, 1);
    go_on(left);
    while (holding_ == 0 && !requests_.empty() && unanswered() < kCreditMax) {  // C1, C2
        serve(take_request());
    }
    grant();
}

void SessionCoordinator::go_on(std::size_t& left) {
    while (left > 0 && !due_.empty()) {
        Turnstile& turnstile = due_.front();
        due_.pop_front();
        if (!turnstile.go_on(left)) {
            due_.push_front(turnstile);
        } else if (turnstile.holds()) {
            list(turnstile);
        }
    }
    if (!due_.empty()) {
        port_.wake();
    }
}

bool SessionCoordinator::tick() {
    std::vector<BrokerControl*> controls;  // each may be lost, and all with it
    for (const auto& [broker, control] : controls_) {
        controls.push_back(control.get());
    }
    bool awaits = false;
    for (BrokerControl* const control : controls) {
        awaits |= control->tick();
    }
    return awaits;
}

SessionCoordinator::Request SessionCoordinator::take_request() {
    Request request = std::move(requests_.front());
    requests_.pop_front();
    port_.give_back(request.message.size());
    return request;
}

void SessionCoordinator::serve(const Request& request) {
    const auto read = transaction::read_request(request.message);
    if (!read) {
        reject(request.delivery, read.error());
        return;
    }
    using Kind = transaction::Request::Kind;
    if (read->kind != Kind::declare) {
        discharge(request.delivery, as_text(read->name), read->kind == Kind::commit);
        return;
    }
    const std::string name = port_.new_name();
    if (const auto done = transactions_.declare(name); !done) {
        reject(request.delivery, done.error());
        return;
    }
    answer(request.delivery, transaction::declared(as_bytes(name)));
}

void SessionCoordinator::discharge(Delivery delivery, std::string_view name, bool commits) {
    const End end = transactions_.discharge(name, commits);
    switch (end.how) {
        case End::How::accept:
            answer(delivery, wire::kAccepted);
            return;
        case End::How::reject:
            reject(delivery, *end.why);
            return;
        case End::How::ask:
            ending_.emplace(name, delivery);
            controls_.at(end.broker)->discharge(std::string(name), end.theirs, end.fail);
            return;
    }
}

void SessionCoordinator::answer(Delivery delivery, Bytes state) {
    if (client_ != nullptr) {
        (void)client_->updated({.id = delivery, .settled = true, .state = state});
    }
}

void SessionCoordinator::reject(Delivery delivery, const Error& why) {
    if (takes_rejections_) {
        answer(delivery, wire::rejected(why.condition, why.text));
    } else {
        end_link(Error{why});
    }
}

// --- what links of the session say in a transaction ---------------------------------------------

Part SessionCoordinator::enlist(std::string_view name, const Turnstile& by) {
    const Part part = transactions_.enlist(name, by.broker());
    if (part.asks) {
        control_of(by.broker()).declare(std::string(name));
        port_.await_declared();
    }
    if (part.spoils) {
        tell_turnstiles(name);
    }
    return part;
}

void SessionCoordinator::lose_part(std::string_view name) {
    transactions_.lose_part(name);
    tell_turnstiles(name);
}

void SessionCoordinator::refuse_part(std::string_view name, std::string why) {
    transactions_.refuse_part(name, std::move(why));
    tell_turnstiles(name);
}

void SessionCoordinator::departed() {
    transactions_.spoil_all();
    tell_turnstiles();
}

void SessionCoordinator::await(Turnstile& turnstile) {
    list(turnstile);
    ++holding_;
}

void SessionCoordinator::forget(Turnstile& turnstile) {
    turnstile.unlink();
    --holding_;
    port_.wake();  // requests may have waited for it
}

// --- brokers ------------------------------------------------------------------------------------

BrokerControl& SessionCoordinator::control_of(const std::string& broker) {
    std::unique_ptr<BrokerControl>& known = controls_[broker];
    if (known) {
        return *known;
    }
    ControlOwner& owner = *this;
    known = std::make_unique<BrokerControl>(owner, broker);
    BrokerControl& control = *known;
    port_.open(control);  // it may be lost at once, and lives still
    return control;
}

void SessionCoordinator::on_declared(BrokerControl& control,
                                     const std::string& name,
                                     Bytes theirs) {
    if (!transactions_.declared(name, std::string(as_text(theirs)))) {
        control.discharge({}, as_text(theirs), /*fail=*/true);  // nobody waits for it any more
    }
    tell_turnstiles(name);
}

void SessionCoordinator::on_not_declared(const std::string& name, std::string why) {
    transactions_.spoil(name, "its broker did not declare it: " + why);
    tell_turnstiles(name);
}

void SessionCoordinator::on_discharged(const std::string& name, Bytes state) {
    port_.wake();  // requests may have waited for it
    const auto at = ending_.find(name);
    if (at == ending_.end()) {
        return;
    }
    const Delivery delivery = at->second;
    ending_.erase(at);
    const bool done = wire::outcome_of(state) == wire::Outcome::accepted;
    if (const auto why = transactions_.over(name, done)) {
        reject(delivery, *why);
    } else {
        answer(delivery, state);
    }
}

void SessionCoordinator::on_lost(BrokerControl& control, std::string why, bool rolled_back) {
    const auto at = controls_.find(control.broker());
    if (at == controls_.end() || at->second.get() != &control) {
        return;
    }
    closing_.emplace(&control, std::move(at->second));
    controls_.erase(at);
    const Loss loss = transactions_.lose(control.broker(), why, rolled_back);
    for (const auto& [name, error] : loss.over) {
        const auto ending = ending_.extract(name);
        if (ending.empty()) {
            continue;  // the link is gone, for what was rejected before
        }
        if (error) {
            reject(ending.mapped(), *error);
        } else {
            answer(ending.mapped(), wire::kAccepted);
        }
    }
    if (!loss.in_doubt.empty()) {
        end_link({linkroute::kRoutedLinkLost,
                  "the broker '" + control.broker() +
                      "' was lost while it committed: whether it did is not known"});
    }
    tell_turnstiles();
}

void SessionCoordinator::on_over(BrokerControl& control) {
    auto over = closing_.extract(&control);
    WEFT_CHECK(!over.empty());
    port_.retire(std::move(over.mapped()));
}

}  // namespace weft::router_transaction
