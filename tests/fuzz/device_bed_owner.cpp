#include "common/base/assert.hpp"
#include "tests/fuzz/device_bed.hpp"

#include <algorithm>
#include <utility>

namespace weft::session {
namespace {

constexpr std::size_t kDeliveredPayloadMax = 255;

}  // namespace

// --- the owner -----------------------------------------------------------------------------------

/// What every call ends with. A call of the session alone writes nothing if nobody is there.
template <class Call>
void DeviceBed::call(Call call) {
    const bool over = !connection_ || is_over();
    out_.clear();
    call(out_);
    WEFT_CHECK(!over || out_.bytes.empty());  // B1
    hear(out_.bytes);
    for (const Action& action : out_.actions) {
        carry_out(action);
    }
    out_.clear();
    if (std::exchange(ended_, false)) {
        session_.reset();
        subscribes_.clear();
        unsubscribes_.clear();
        asked_of_store_ = 0;
    }
}

void DeviceBed::read_on() {
    while (!input_.empty() && connection_ && connection_->is_reading()) {
        const Buffer given = std::exchange(input_, {});
        Bytes in{given};
        bool more = false;
        call([&](Output& out) { more = connection_->read(in, now_, out); });
        input_.assign(in.begin(), in.end());
        if (!more) {
            return;
        }
    }
}

void DeviceBed::carry_out(const Action& action) {
    if (std::holds_alternative<Authenticate>(action)) {
        authenticates_ = true;
    } else if (std::holds_alternative<OpenSession>(action)) {
        opens_ = true;
    } else if (const auto* publish = std::get_if<Publish>(&action)) {
        WEFT_CHECK(!publish->topic.empty());
        if (publish->ticket != PublishTicket{}) {
            WEFT_CHECK(publishes_.emplace(publish->ticket, Asked::asked).second);
        }
    } else if (const auto* again = std::get_if<Republish>(&action)) {
        WEFT_CHECK(std::exchange(publishes_.at(again->ticket), Asked::asked) == Asked::held);
    } else if (const auto* abandon = std::get_if<Abandon>(&action)) {
        WEFT_CHECK(publishes_.erase(abandon->ticket) == 1);  // B2
    } else if (const auto* subscribe = std::get_if<Subscribe>(&action)) {
        subscribes_.push_back({.ticket = subscribe->ticket, .qos = subscribe->qos});
    } else if (const auto* unsubscribe = std::get_if<Unsubscribe>(&action)) {
        if (unsubscribe->ticket.request != 0) {
            unsubscribes_.push_back(unsubscribe->ticket);
        }
    } else if (const auto* settle = std::get_if<Settle>(&action)) {
        WEFT_CHECK(tokens_.erase(settle->token) == 1);  // B2
    } else if (std::holds_alternative<Ended>(action)) {
        ended_ = true;
    } else if (const auto* row = std::get_if<StoreSession>(&action)) {
        ask_store(row->ticket);
    } else if (const auto* one = std::get_if<StoreSubscription>(&action)) {
        ask_store(one->ticket);
    } else if (const auto* gone = std::get_if<ForgetSubscription>(&action)) {
        ask_store(gone->ticket);
    } else if (const auto* in = std::get_if<StoreIncoming>(&action)) {
        ask_store(in->ticket);
    } else if (const auto* got = std::get_if<StoreOutgoing>(&action)) {
        ask_store(got->ticket);
    } else if (const auto* wait = std::get_if<AwaitStore>(&action)) {
        ask_store(wait->ticket);
    } else if (const auto* serials = std::get_if<StoreSerials>(&action)) {
        ask_store(serials->ticket);
    }
}

void DeviceBed::ask_store(StoreTicket ticket) {
    WEFT_CHECK(ticket == ++asked_of_store_);  // B3
}

/// The next answer that a connection waits for before it is open.
void DeviceBed::greet() {
    if (std::exchange(authenticates_, false)) {
        const bool refused = script_.below(16) == 15;
        call([&](Output& out) {
            connection_->on_authenticated(
                refused ? mqtt::Reason::not_authorized : mqtt::Reason::success, "no", out);
        });
    } else if (std::exchange(opens_, false)) {
        if (!session_) {
            session_ = std::make_unique<Session>("d", /*birth=*/1, settings_, counters_);
        }
        call([&](Output& out) { connection_->on_session(*session_, now_, out); });
    }
    read_on();
}

void DeviceBed::take_over() {
    call([&](Output& out) {
        connection_->close(mqtt::Reason::session_taken_over, "taken over", now_, out);
    });
}

void DeviceBed::cut() {
    if (connection_) {
        call([&](Output& out) { connection_->on_lost(now_, out); });
        connection_.reset();
    }
    input_.clear();
    aliases_.clear();
    in_flight_.clear();
    knows_in_flight_ = true;
    owed_.clear();
    authenticates_ = false;
    opens_ = false;
    congested_ = false;
}

void DeviceBed::answer_publish(Taken taken) {
    std::vector<PublishTicket> open;
    for (const auto& [ticket, state] : publishes_) {
        if (state == Asked::asked) {
            open.push_back(ticket);
        }
    }
    if (open.empty() || !session_) {
        return;
    }
    const PublishTicket ticket = open[script_.below(open.size())];
    if (is_final(taken)) {
        publishes_.erase(ticket);
    } else {
        publishes_[ticket] = Asked::held;
    }
    call([&](Output& out) { session_->on_published(ticket, taken, "why", now_, out); });
    read_on();
}

/// All of them, in their order.
void DeviceBed::answer_subscriptions(bool grant) {
    for (const Subscribe& one : std::exchange(subscribes_, {})) {
        if (session_) {
            const auto reason =
                grant ? static_cast<mqtt::Reason>(one.qos) : mqtt::Reason::not_authorized;
            call([&](Output& out) { session_->on_subscribed(one.ticket, reason, now_, out); });
        }
    }
    for (const SubscribeTicket& ticket : std::exchange(unsubscribes_, {})) {
        if (session_) {
            call([&](Output& out) { session_->on_unsubscribed(ticket, now_, out); });
        }
    }
    read_on();
}

void DeviceBed::store(StoreTicket upto) {
    if (session_) {
        call([&](Output& out) { session_->on_stored(upto, now_, out); });
        read_on();
    }
}

void DeviceBed::deliver() {
    static constexpr std::string_view kTopics[]{"a", "b/c", "other"};
    if (!session_) {
        return;
    }
    const std::uint8_t bits = script_.byte();
    auto message = std::make_shared<Message>();
    message->topic = script_.one_of(kTopics);
    message->payload.assign(script_.below(kDeliveredPayloadMax), 'x');
    message->qos = static_cast<mqtt::Qos>((bits & 3) % 3);
    message->retain = (bits & 4) != 0;
    message->publisher = (bits & 8) != 0 ? "d" : "";
    message->expires = (bits & 16) != 0 ? now_ + std::chrono::seconds{1} : kNever;
    Delivery delivery{.message = message, .retained = (bits & 32) != 0};
    std::vector<SubscriptionNumber> numbers;
    if ((bits & 64) != 0) {
        for (const SubscriptionEntry& entry : session_->subscriptions().all()) {
            numbers.push_back(entry.number);
        }
        delivery.subscriptions = numbers;
    }
    if ((bits & 128) != 0) {
        delivery.token = DeliveryToken{++last_token_};
        tokens_.insert(delivery.token);
    }
    if (const std::size_t id = script_.below(16); id > 12) {
        delivery.id = static_cast<mqtt::PacketId>(id);
        delivery.again = id == 14;
        delivery.message = id == 15 && delivery.token == DeliveryToken{} ? nullptr : message;
    }
    call([&](Output& out) { session_->deliver(delivery, now_, out); });
    read_on();
}

void DeviceBed::pass(Duration time) {
    now_ += time;
    if (connection_) {
        call([&](Output& out) { connection_->on_time(now_, out); });
    }
    if (session_) {
        call([&](Output& out) { session_->on_time(now_, out); });
    }
    read_on();
}

void DeviceBed::congest() {
    if (connection_) {
        congested_ = !congested_;
        call([&](Output& out) { connection_->set_congested(congested_, now_, out); });
    }
}

// --- the books -----------------------------------------------------------------------------------

/// B4.
void DeviceBed::look() {
    WEFT_CHECK(!connection_ || !is_over() || connection_->session() == nullptr);
    WEFT_CHECK(counters_.queued_bytes == (session_ ? session_->outgoing().bytes() : 0));
    if (!session_) {
        WEFT_CHECK(tokens_.empty() && publishes_.empty() && counters_.will_bytes == 0);
        return;
    }
    constexpr std::size_t kOne = 2 * (sizeof(Message) + kDeliveredPayloadMax + 16);
    WEFT_CHECK(session_->outgoing().bytes() <= settings_.queue_bytes_max + kOne);
    WEFT_CHECK(session_->outgoing().waiting() <= settings_.queue_messages_max);
    WEFT_CHECK(session_->subscriptions().size() <= settings_.subscriptions_max);
    WEFT_CHECK(session_->incoming().received() <=
               settings_.incoming_ids_max + session_->incoming().unfinished() + 8);
    WEFT_CHECK(session_->credit() <= window_);
    WEFT_CHECK(is_open() || session_->credit() == 0);
    WEFT_CHECK((connection_ && connection_->session() == session_.get()) ==
               session_->is_connected());
}

/// The connection goes, and the session is over in time.
void DeviceBed::finish() {
    cut();
    look();
    for (int rounds = 0; session_ && rounds < 100; ++rounds) {
        while (session_ && std::ranges::any_of(publishes_, [](const auto& each) {
                   return each.second == Asked::asked;
               })) {
            answer_publish(Taken::accepted);
        }
        answer_subscriptions(/*grant=*/true);
        store(asked_of_store_);
        if (session_ && session_->deadline() != kNever) {
            pass(std::max(session_->deadline() - now_, Duration{}));
        } else if (session_) {
            call([&](Output& out) { session_->end(now_, out); });
        }
    }
    WEFT_CHECK(!session_);
    look();
    WEFT_CHECK(counters_.queued_bytes == 0);
}

}  // namespace weft::session
