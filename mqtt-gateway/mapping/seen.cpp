#include "mqtt-gateway/mapping/seen.hpp"

#include <utility>

namespace weft::mqtt_mapping {

/// How long the name is, the name, the address: no two pairs are spelled alike.
void Seen::spell(std::string_view address, std::string_view name) {
    key_.assign(std::to_string(name.size())).append("/").append(name).append(address);
}

bool Seen::knows(std::string_view address, std::string_view name) {
    spell(address, name);
    return keys_.contains(key_);
}

Seen::Added Seen::add(std::string_view address, std::string_view name) {
    spell(address, name);
    const Number number = last_ + 1;
    put(number, key_);
    return {.number = number, .key = key_, .forgotten = forgotten_};
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
