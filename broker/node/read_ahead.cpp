#include "broker/node/read_ahead.hpp"

#include <memory>
#include <utility>

namespace weft::broker {

void ReadAhead::ask(std::size_t most, std::function<void()> read) {
    if (!line_.empty() || !has_room(most)) {
        ++waited_;
        line_.push_back({.most = most, .read = std::move(read)});
        return;
    }
    asked_ += most;
    read();
}

void ReadAhead::answered(std::size_t most) {
    asked_ -= most;
    ask_to_go_on();
}

queue::Payload ReadAhead::count(queue::Payload payload) {
    const std::size_t size = payload->size();
    bytes_ += size;
    const Buffer* const what = payload.get();
    return {what, [this, size, kept = std::move(payload)](const Buffer*) {
                bytes_ -= size;
                ask_to_go_on();
            }};
}

void ReadAhead::ask_to_go_on() {
    if (!line_.empty() && has_room(line_.front().most) && !std::exchange(due_, true)) {
        later_();
    }
}

void ReadAhead::go_on() {
    due_ = false;
    while (!line_.empty() && has_room(line_.front().most)) {
        const Waiting next = std::move(line_.front());
        line_.pop_front();
        asked_ += next.most;
        next.read();
    }
}

}  // namespace weft::broker
