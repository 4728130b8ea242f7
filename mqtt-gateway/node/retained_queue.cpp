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
      reader_{space},
      browser_{loop,
               uplink,
               options_.address,
               "retained messages",
               "new subscriptions wait for retained messages, and devices that retain something "
               "for their acknowledgement",
               {.restarted = [this] { copy_.restart(); },
                .asked = [this] { copy_.ask(); },
                .caught_up = [this] { copy_.caught_up(); }}} {}

// --- the copy -----------------------------------------------------------------------------------

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
    const auto decided = outcome_of_row(uplink_, id, fate, state);
    if (!decided) {
        return;
    }
    const mqtt_mapping::Outcome& outcome = *decided;
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
