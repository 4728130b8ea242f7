#include "router/transaction/broker_control.hpp"

#include "common/base/conditions.hpp"
#include "common/base/serial.hpp"
#include "common/transaction/control.hpp"
#include "common/wire/delivery_state.hpp"
#include "common/wire/reader.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace weft::router_transaction {
namespace {

using Life = linkroute::PairEnd::Life;

constexpr std::string_view kUnansweredText =
    "it was asked to declare a transaction, and did not answer within 30 seconds";

/// What an error in a rejection says.
std::string why_in(Bytes state) {
    std::uint64_t descriptor = 0;
    wire::Reader fields = wire::Reader{state}.described_list(descriptor);
    if (wire::outcome_of(state) != wire::Outcome::rejected || fields.done()) {
        return "it did not say why";
    }
    wire::Reader error = wire::Reader{fields.raw()}.described_list(descriptor);
    std::string why(error.symbol().value_or(""));
    return why.append(": ").append(error.string().value_or(""));
}

}  // namespace

BrokerControl::~BrokerControl() {
    is_lost_ = true;
    is_going_ = true;  // nobody is to hear of it
    if (!end_.is_over()) {
        end_.on_lost();
    }
}

// --- what the broker is asked -------------------------------------------------------------------

void BrokerControl::declare(const std::string& name) {
    waiting_.push_back(
        {.declares = true, .asked = seconds_, .name = name, .message = transaction::declare()});
    send();
}

void BrokerControl::discharge(const std::string& name, std::string_view theirs, bool fail) {
    waiting_.push_back({.name = name, .message = transaction::discharge(as_bytes(theirs), fail)});
    send();
}

void BrokerControl::send() {
    while (credit_ > 0 && !waiting_.empty() && end_.life() == Life::open) {
        Request request = std::move(waiting_.front());
        waiting_.pop_front();
        --credit_;
        const amqp::DeliveryId id = ++last_;
        const std::array tag{static_cast<std::uint8_t>(id >> 24U),
                             static_cast<std::uint8_t>(id >> 16U),
                             static_cast<std::uint8_t>(id >> 8U), static_cast<std::uint8_t>(id)};
        const Buffer message = std::exchange(request.message, {});
        sent_.emplace(id, std::move(request));
        amqp::Context context = 0;
        end_.on_transfer({.delivery_id = id, .delivery_tag = Bytes{tag}, .message_format = 0},
                         /*first=*/true, message, context);
    }
}

const BrokerControl::Request* BrokerControl::oldest_declare() const {
    const auto sent =
        std::ranges::find_if(sent_, [](const auto& request) { return request.second.declares; });
    if (sent != sent_.end()) {
        return &sent->second;
    }
    const auto waiting = std::ranges::find_if(waiting_, &Request::declares);
    return waiting == waiting_.end() ? nullptr : &*waiting;
}

bool BrokerControl::tick() {
    const Request* const oldest = is_lost_ ? nullptr : oldest_declare();
    if (oldest == nullptr) {
        return false;
    }
    if (++seconds_ - oldest->asked > kAnswerMax) {
        const amqp::ErrorView error{{}, kUnansweredText, {}};
        lose(&error);
        close();
    }
    return !is_lost_;
}

/// A detach would go behind what waits for room, a commit say, whose parts are gone by then.
void BrokerControl::close() {
    is_lost_ = true;
    if (end_.life() <= Life::open) {
        end_.on_lost();
    }
}

void BrokerControl::refused(std::string_view why) {
    const amqp::ErrorView error{{}, why, {}};
    lose(&error);
    end_.on_lost();
}

// --- what the broker says -----------------------------------------------------------------------

bool BrokerControl::accept(const amqp::Attach&) {
    return true;  // without a coordinator it is detached next
}

void BrokerControl::refuse(const amqp::ErrorView& error) {
    lose(&error);
}

void BrokerControl::detach(bool, const amqp::ErrorView* error) {
    lose(error);
    if (end_.life() == Life::departing) {
        end_.on_detach(/*closed=*/true, nullptr);  // the answer
    }
}

/// Nothing comes from a coordinator.
bool BrokerControl::transfer(amqp::Transfer&,
                             Bytes& payload,
                             linkroute::DeliveryNumber,
                             amqp::DeliveryId&) {
    payload = {};
    return true;
}

bool BrokerControl::flow(const amqp::Flow& flow) {
    if (flow.link_credit) {
        // Its delivery-count is of what came there; what is on its way has taken credit, too.
        const std::uint32_t on_the_way = ahead(last_, flow.delivery_count.value_or(0));
        credit_ = *flow.link_credit > on_the_way ? *flow.link_credit - on_the_way : 0;
    }
    send();
    return true;
}

bool BrokerControl::update(const amqp::DeliveryUpdate& update) {
    const auto outcome = wire::outcome_of(update.state);
    const bool is_answer = outcome != wire::Outcome::none && outcome != wire::Outcome::received;
    const auto at = sent_.find(update.id);
    if (at == sent_.end() || (!update.settled && !is_answer)) {
        return true;
    }
    const Request request = std::move(at->second);
    sent_.erase(at);
    answered(request, update.state);
    if (!update.settled && !end_.is_over()) {
        end_.on_update({.id = update.id, .settled = true}, update.id);
    }
    return true;
}

void BrokerControl::over() {
    if (!is_going_) {
        owner_.on_over(*this);
    }
}

void BrokerControl::answered(const Request& request, Bytes state) {
    if (!request.declares) {
        owner_.on_discharged(request.name, state);
    } else if (const auto theirs = transaction::read_declared(state)) {
        owner_.on_declared(*this, request.name, *theirs);
    } else {
        owner_.on_not_declared(request.name, why_in(state));
    }
}

void BrokerControl::lose(const amqp::ErrorView* error) {
    if (std::exchange(is_lost_, true)) {
        return;
    }
    std::string why;
    if (error != nullptr) {
        why.append(error->condition).append(error->condition.empty() ? "" : ": ");
        why.append(error->description);
    }
    const bool rolled_back = error != nullptr && error->condition == kTransactionRollback;
    owner_.on_lost(*this, why.empty() ? "its coordinator was detached" : std::move(why),
                   rolled_back);
}

}  // namespace weft::router_transaction
