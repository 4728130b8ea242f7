#include "mqtt-gateway/mapping/seen.hpp"

#include "mqtt-gateway/mapping/digest.hpp"
#include "mqtt-gateway/mapping/message_reader.hpp"

#include <utility>

namespace weft::mqtt_mapping {

std::string seen_key(std::string_view address, const MeshMessage& message) {
    constexpr std::size_t kKeyBytes = 16;  // nobody finds a second message to a given one
    Digest digest;
    for (const std::string_view text : {address, message.name, message.topic, message.client_id}) {
        digest.add_field(as_bytes(text));
    }
    digest.add_number(static_cast<std::uint64_t>(message.qos));
    digest.add_number(message.retain ? 1 : 0);
    digest.add_number(message.expires == kForever ? 0 : 1);
    digest.add_field(message.properties.encoded());
    digest.add_field(message.payload);
    const Digest::Value value = digest.end();
    return std::string{as_text(value).substr(0, kKeyBytes)};
}

Seen::Added Seen::add(std::string key) {
    const Number number = last_ + 1;
    put(number, std::move(key));
    return {.number = number, .forgotten = forgotten_};
}

void Seen::restore(Number number, std::string key) {
    if (keys_.contains(key)) {
        last_ = number;
    } else {
        put(number, std::move(key));
    }
}

void Seen::put(Number number, std::string key) {
    last_ = number;
    bytes_ += key.size();
    known_.push_back({.number = number, .key = std::move(key)});
    keys_.insert(known_.back().key);
    while (known_.size() > limits_.names_max || bytes_ > limits_.bytes_max) {  // S1
        const Known& oldest = known_.front();
        bytes_ -= oldest.key.size();
        forgotten_ = oldest.number;
        keys_.erase(oldest.key);
        known_.pop_front();
    }
}

}  // namespace weft::mqtt_mapping
