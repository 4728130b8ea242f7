#include "router/core/left_out.hpp"

namespace weft::router {

void LeftOut::add(const std::string& shape, Address& address) {
    waiting_[shape].insert(&address);
}

void LeftOut::remove(const std::string& shape, Address& address) {
    const auto due = due_.find(shape);
    OfShape& all = due != due_.end() ? due_ : waiting_;
    const auto of_shape = due != due_.end() ? due : waiting_.find(shape);
    if (of_shape == all.end()) {
        return;
    }
    of_shape->second.erase(&address);
    if (!of_shape->second.empty()) {
        return;
    }
    all.erase(of_shape);
    if (&all == &due_) {
        shapes_.remove(shape);
        give_room();
    }
}

void LeftOut::give_room() {
    while (!waiting_.empty() && has_room(waiting_.begin()->first)) {
        shapes_.add(waiting_.begin()->first);
        due_.insert(waiting_.extract(waiting_.begin()));
    }
}

Address& LeftOut::take() {
    const auto first = due_.begin();
    Address& address = **first->second.begin();
    first->second.erase(first->second.begin());
    if (first->second.empty()) {
        shapes_.remove(first->first);
        due_.erase(first);
    }
    return address;
}

}  // namespace weft::router
