#include "mqtt-gateway/node/retained_writer.hpp"

namespace weft::gateway {
namespace {

std::size_t weight_of(const std::string& topic, const mqtt_store::SharedMessage& message) {
    return topic.size() + (message ? message->size() : 0);
}

}  // namespace

bool RetainedWriter::has_room(const mqtt_mapping::KeptMessage& message) const {
    return place_ == nullptr ||
           (bytes_ + message.size() <= kWaitingMax &&
            place_->has_room(file_bytes_ + mqtt_store::disk_bytes(message.publish().topic.size() +
                                                                  message.size())));
}

void RetainedWriter::keep(mqtt_store::SharedMessage message) {
    std::string topic{message->publish().topic};
    publish(std::move(topic), std::move(message));
}

void RetainedWriter::keep_older(mqtt_store::SharedMessage message) {
    std::string topic{message->publish().topic};
    set(std::move(topic), std::move(message));
}

void RetainedWriter::forget(std::string topic) {
    publish(std::move(topic), nullptr);
}

void RetainedWriter::publish(std::string topic, mqtt_store::SharedMessage message) {
    if (published_) {
        published_(topic);
    }
    set(std::move(topic), std::move(message));
}

void RetainedWriter::set(std::string topic, mqtt_store::SharedMessage message) {
    if (place_ == nullptr || place_->has_failed()) {
        return;
    }
    const auto [place, added] = waiting_.try_emplace(std::move(topic));
    if (!added) {
        const std::size_t before = weight_of(place->first, place->second);
        bytes_ -= before;
        file_bytes_ -= mqtt_store::disk_bytes(before);
    }
    place->second = std::move(message);
    const std::size_t weight = weight_of(place->first, place->second);
    bytes_ += weight;
    file_bytes_ += mqtt_store::disk_bytes(weight);
    if (writing_ == 0) {
        write();
    }
}

void RetainedWriter::write() {
    for (auto& [topic, message] : waiting_) {
        place_->put(topic, std::move(message));
    }
    waiting_.clear();
    bytes_ = 0;
    file_bytes_ = 0;
    writing_ = place_->asked();
    ++round_;
}

void RetainedWriter::await(Publish publish) {
    publish.round = round_of_all();
    publishes_.push_back(publish);
}

void RetainedWriter::when_durable(std::function<void()> then) {
    if (writing_ == 0) {
        then();
    } else {
        thens_.emplace_back(round_of_all(), std::move(then));
    }
}

/// One of QoS 2 can't be taken back: its device hears it once, and the rest when it is durable.
void RetainedWriter::give_up(Instant since) {
    for (Publish& late : publishes_) {
        if (late.since <= since) {
            written_(late.device, late.ticket,
                     late.is_once ? session::Taken::late : session::Taken::resource_limit);
            late.since = kNever;
        }
    }
    std::erase_if(publishes_,
                  [](const Publish& each) { return each.since == kNever && !each.is_once; });
}

void RetainedWriter::on_stored(RetainedPlace::Ticket through) {
    if (writing_ == 0 || writing_ > through) {
        return;
    }
    writing_ = 0;
    const std::uint64_t durable = round_ - 1;
    if (!waiting_.empty()) {
        write();
    }
    while (!publishes_.empty() && publishes_.front().round <= durable) {
        const Publish done = publishes_.front();
        publishes_.pop_front();
        written_(done.device, done.ticket, done.taken);
    }
    while (!thens_.empty() && thens_.front().first <= durable) {
        const auto then = std::move(thens_.front().second);
        thens_.pop_front();
        then();
    }
}

}  // namespace weft::gateway
