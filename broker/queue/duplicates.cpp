#include "broker/queue/duplicates.hpp"

namespace weft::queue {

Duplicates::Duplicates(std::uint64_t window, const Stored& stored)
    : window_{window}, number_{stored.named - stored.names.size()} {
    for (const std::string& name : stored.names) {
        add(name);
        forget();
    }
}

bool Duplicates::grows_by(std::string_view name) const {
    return window_ > 0 && !name.empty() &&
           (names_.size() < window_ || name.size() > names_.front()->size());
}

Named Duplicates::remember(const std::string& name) {
    if (window_ == 0 || name.empty()) {
        return {};
    }
    add(name);
    return {.name = name, .number = number_, .forgotten = forget()};
}

void Duplicates::add(const std::string& name) {
    ++number_;
    names_.push_back(known_.insert(name));
    bytes_ += kBytesEach + name.size();
}

void Duplicates::change(std::uint64_t window, Actions& out) {
    window_ = window;
    if (const std::uint64_t through = forget(); through > 0) {
        out.push_back(ForgetNames{through});
    }
}

std::uint64_t Duplicates::forget() {
    std::uint64_t through = 0;
    for (; names_.size() > window_; names_.pop_front()) {
        through = number_ - names_.size() + 1;
        bytes_ -= kBytesEach + names_.front()->size();
        known_.erase(names_.front());
    }
    return through;
}

}  // namespace weft::queue
