#include "mqtt-gateway/node/retained_writer.hpp"

namespace weft::gateway {
namespace {

std::size_t weight_of(const std::string& topic, const mqtt_store::SharedMessage& message) {
    return topic.size() + (message ? message->size() : 0);
}

}  // namespace

bool RetainedWriter::has_room(const mqtt_mapping::KeptMessage& message) const {
    return store_ == nullptr ||
           (bytes_ + message.size() <= kWaitingMax &&
            store_->has_room(mqtt_store::Store::Room::retained,
                             file_bytes_ + mqtt_store::disk_bytes(message.publish().topic.size() +
                                                                  message.size())));
}

void RetainedWriter::keep(mqtt_store::SharedMessage message) {
    std::string topic{message->publish().topic};
    set(std::move(topic), std::move(message));
}

void RetainedWriter::forget(std::string topic) {
    set(std::move(topic), nullptr);
}

void RetainedWriter::set(std::string topic, mqtt_store::SharedMessage message) {
    if (store_ == nullptr || store_->has_failed()) {
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
        if (message) {
            store_->retain(std::move(message));
        } else {
            store_->remove_retained(topic);
        }
    }
    waiting_.clear();
    bytes_ = 0;
    file_bytes_ = 0;
    writing_ = store_->asked();
    ++round_;
}

void RetainedWriter::await(DeviceId device, session::PublishTicket ticket, session::Taken taken) {
    const std::uint64_t round = waiting_.empty() ? round_ - 1 : round_;
    publishes_.push_back({.round = round, .device = device, .ticket = ticket, .taken = taken});
}

void RetainedWriter::on_stored(mqtt_store::Store::Ticket through) {
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
}

}  // namespace weft::gateway
