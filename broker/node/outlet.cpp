#include "broker/node/outlet.hpp"

#include <utility>

namespace weft::broker {

void Outlet::remove(std::size_t bytes) {
    bytes_ -= bytes;
    ask_to_wake();
}

void Outlet::wait(const void* what, Sender& sender) {
    forget(sender);
    Line& line = lines_[what];
    places_.emplace(&sender, Place{.what = what, .at = line.insert(line.end(), &sender)});
}

void Outlet::wait_for_bytes(Sender& sender) {
    wait(&fewer_bytes_, sender);
    ask_to_wake();
}

void Outlet::forget(Sender& sender) {
    const auto place = places_.find(&sender);
    if (place == places_.end()) {
        return;
    }
    const auto line = lines_.find(place->second.what);
    line->second.erase(place->second.at);
    if (line->second.empty()) {
        lines_.erase(line);
    }
    places_.erase(place);
}

/// Null: nobody waits for that.
Sender* Outlet::take_first(const void* what) {
    const auto line = lines_.find(what);
    if (line == lines_.end()) {
        return nullptr;
    }
    Sender* const first = line->second.front();
    forget(*first);
    return first;
}

void Outlet::serve(const void* what) {
    while (Sender* const first = take_first(what)) {
        if (!first->go_on()) {
            return;
        }
    }
}

void Outlet::ask_to_wake() {
    if (!is_full() && lines_.contains(&fewer_bytes_) && !std::exchange(wake_due_, true)) {
        later_();
    }
}

void Outlet::wake() {
    wake_due_ = false;
    for (std::size_t i = 0; i < kWokenAtOnce && !is_full(); ++i) {
        Sender* const first = take_first(&fewer_bytes_);
        if (first == nullptr) {
            return;
        }
        first->go_on();
    }
    ask_to_wake();
}

}  // namespace weft::broker
