#include "broker/queue/stock.hpp"

#include <algorithm>

namespace weft::queue {

void Stock::set(const Settings& settings) {
    messages_max_ = settings.messages_max;
    bytes_max_ = settings.bytes_max;
    drops_ = settings.overflow == Overflow::drop_oldest;
}

void Stock::add(std::uint64_t size) {
    ++messages_;
    bytes_ += size;
    room_owed_ = room_owed_ || is_full();
}

void Stock::leave(std::uint64_t size, Actions& out) {
    --messages_;
    bytes_ -= std::min(bytes_, size);  // a damaged one's may be wrong
    tell_room(out);
}

void Stock::change(const Settings& settings, Actions& out) {
    set(settings);
    room_owed_ = room_owed_ || is_full();
    tell_room(out);
}

bool Stock::is_full() const {
    return (messages_max_ > 0 && messages_ >= messages_max_) ||
           (bytes_max_ > 0 && bytes_ >= bytes_max_);
}

bool Stock::has_too_many() const {
    return drops_ && ((messages_max_ > 0 && messages_ > messages_max_) ||
                      (bytes_max_ > 0 && bytes_ > bytes_max_));
}

void Stock::tell_room(Actions& out) {
    if (room_owed_ && !is_full()) {
        room_owed_ = false;
        out.push_back(Room{});
    }
}

}  // namespace weft::queue
