#include "mqtt-gateway/node/retained_queue.hpp"

#include "common/base/conditions.hpp"
#include "common/io/log.hpp"
#include "common/wire/delivery_state.hpp"
#include "mqtt-gateway/config/log_modules.hpp"
#include "mqtt-gateway/mapping/outcome.hpp"
#include "mqtt-gateway/mapping/path.hpp"
#include "mqtt-gateway/mapping/row_key.hpp"

#include <optional>
#include <utility>

namespace weft::gateway {

using gateway_config::kDeviceModule;
using io::Level;
using mqtt_mapping::Retained;
using mqtt_mapping::RetainedCopy;

namespace {

/// A key that no row has.
constexpr std::string_view kNoTopic = "#";

std::uint64_t full(Retained::Kept kept) {
    return kept == Retained::Kept::refused_number || kept == Retained::Kept::refused_bytes ? 1U
                                                                                           : 0U;
}

}  // namespace

RetainedQueue::RetainedQueue(io::Loop& loop,
                             Uplink& uplink,
                             const mqtt_mapping::AddressSpace& space,
                             Retained& retained,
                             Options options,
                             User user)
    : loop_{loop},
      uplink_{uplink},
      copy_{retained},
      options_{std::move(options)},
      user_{std::move(user)},
      writer_{space},
      reader_{space} {
    receive();
}

// --- the copy -----------------------------------------------------------------------------------

void RetainedQueue::receive() {
    Buffer filter;
    if (!has_keys_) {
        mqtt_mapping::append_key_filter(filter, kNoTopic);
    }
    reception_ =
        uplink_.receive({.address = options_.address, .filter = std::move(filter), .copies = true});
}

void RetainedQueue::on_attached() {
    if (!std::exchange(has_keys_, true)) {
        uplink_.end(reception_);
        receive();
        return;
    }
    WEFT_LOG(kDeviceModule, Level::info,
             "retained messages are read from '" + options_.address + "'");
    life_ = Life::behind;
    copy_.restart();
    look();
}

void RetainedQueue::on_detached() {
    WEFT_LOG(kDeviceModule, Level::warning,
             "the queue '" + options_.address +
                 "' is away: new subscriptions wait for retained messages, and devices that "
                 "retain something for their acknowledgement");
    why_away_ = "its link is lost";
    life_ = Life::away;
    looking_ = false;
    waiting_.insert(waiting_.begin(), std::make_move_iterator(asking_.begin()),
                    std::make_move_iterator(asking_.end()));
    asking_.clear();
}

void RetainedQueue::on_refused(const Error& why) {
    const std::string reason = std::string{why.condition} + " " + why.text;
    if (reason != why_away_) {  // else it was told
        WEFT_LOG(
            kDeviceModule, Level::warning,
            "the queue '" + options_.address + "' of retained messages can't be read: " + reason);
    }
    why_away_ = reason;
    reception_ = 0;
    again_ = loop_.after(kAskAgain, [this] { receive(); });
}

/// To the end of what is there now.
void RetainedQueue::look() {
    looking_ = true;
    asking_ = std::exchange(waiting_, {});
    copy_.ask();
    uplink_.drain(reception_);
}

void RetainedQueue::on_drained(bool to_end) {
    if (!to_end) {
        uplink_.drain(reception_);
        return;
    }
    copy_.caught_up();
    life_ = Life::current;
    looking_ = false;
    for (const auto& then : std::exchange(asking_, {})) {
        then();
    }
    if (!waiting_.empty() && !looking_) {
        look();
    }
}

void RetainedQueue::when_current(std::function<void()> then) {
    waiting_.push_back(std::move(then));
    if (life_ == Life::current && !looking_) {
        look();
    }
}

void RetainedQueue::on_message(const Arrival& arrival, Bytes message) {
    const Moment moment = Moment::at(loop_.now());
    const auto read = reader_.read_row(message, moment.wall);
    const mqtt_store::SharedMessage kept = read ? kept_of(*read) : nullptr;
    if (kept == nullptr) {
        ++counters_.rows_invalid;
    } else {
        counters_.rows_full += full(copy_.read(kept, read->epoch));
    }
    uplink_.settle(arrival, wire::kAccepted);
}

std::string RetainedQueue::problem() const {
    if (life_ == Life::current) {
        return {};
    }
    return "the queue '" + options_.address + "' of retained messages " +
           (life_ == Life::behind ? "is not read to its end" : "is not there: " + why_away_);
}

// --- rows ---------------------------------------------------------------------------------------

void RetainedQueue::put(const std::string&, mqtt_store::SharedMessage message) {
    if (message) {
        send(std::move(message));
    }
}

RetainedQueue::Ticket RetainedQueue::asked() {
    tell_soon();
    return ++last_;
}

void RetainedQueue::send(mqtt_store::SharedMessage message) {
    const Moment moment = Moment::at(loop_.now());
    const mqtt::Publish publish = message->publish();
    const RetainedCopy::Epoch epoch = copy_.next_epoch(moment.wall);
    const std::string key = mqtt_mapping::row_key(publish.topic);
    std::string subject;
    mqtt_mapping::append_path(subject, publish.topic, mqtt_mapping::Separator::slash);
    const mqtt_mapping::Row row{.key = key, .epoch = epoch, .owner = options_.owner};
    const mqtt_mapping::WallTime expires =
        publish.payload.empty() ? moment.wall + kGoneLife : message->expires();
    Publication publication{.address = options_.address,
                            .message = {},
                            .is_row = true,
                            .type = mqtt_mapping::AddressType::queue};
    if (const auto refusal =
            writer_.append(publication.message, {.publish = publish,
                                                 .to = {.address = options_.address,
                                                        .subject = subject,
                                                        .type = mqtt_mapping::AddressType::queue},
                                                 .client_id = message->client_id(),
                                                 .arrived = moment.wall,
                                                 .expires = expires,
                                                 .row = &row})) {
        refuse(message);
        return;
    }
    copy_.sent(publish.topic, epoch);
    const PublicationId id = uplink_.publish(std::move(publication));
    writes_.emplace(id, Write{.message = std::move(message), .epoch = epoch});
}

void RetainedQueue::on_fate(PublicationId id, UplinkUser::Fate fate, Bytes state) {
    using mqtt_mapping::Answer;
    if (fate == UplinkUser::Fate::lost || fate == UplinkUser::Fate::too_late) {
        uplink_.publish_again(id);  // if it is there, its fence says so
        return;
    }
    const auto outcome = fate == UplinkUser::Fate::decided ? mqtt_mapping::read_outcome(state)
                                                           : mqtt_mapping::Outcome{};
    if (fate == UplinkUser::Fate::no_credit || outcome.answer == Answer::no_consumer ||
        outcome.answer == Answer::undeliverable) {
        uplink_.publish_later(id);
        return;
    }
    const Write write = writes_.at(id);
    if (outcome.answer == Answer::rejected) {
        on_rejected(id, write, state);
        return;
    }
    counters_.rows_full += full(copy_.accepted(write.message, write.epoch));
    end(id);
}

/// What another gateway wrote meanwhile is older by definition: who comes last has the topic.
void RetainedQueue::on_rejected(PublicationId id, const Write& write, Bytes state) {
    copy_.refused(write.message->publish().topic, write.epoch);
    const auto fence = mqtt_mapping::fence_epoch(state);
    if (fence && *fence <= RetainedCopy::kEpochMax) {
        ++counters_.fenced;
        copy_.note(*fence);
        send(write.message);
    } else {
        if (counters_.rows_refused == 0) {
            WEFT_LOG(kDeviceModule, Level::warning,
                     "the queue '" + options_.address + "' refuses a retained message: " +
                         std::string{mqtt_mapping::read_outcome(state).condition} +
                         "; further ones are counted alone");
        }
        refuse(write.message);
    }
    end(id);
}

void RetainedQueue::refuse(const mqtt_store::SharedMessage& message) {
    ++counters_.rows_refused;
    user_.refused(message->publish().topic);
}

void RetainedQueue::end(PublicationId id) {
    uplink_.forget(id);
    writes_.erase(id);
    if (writes_.empty()) {
        tell_soon();
    }
}

void RetainedQueue::tell_soon() {
    telling_ = loop_.after(Duration::zero(), [this] {
        if (writes_.empty()) {
            user_.stored(last_);
        }
    });
}

}  // namespace weft::gateway
