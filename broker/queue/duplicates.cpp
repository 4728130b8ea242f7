#include "broker/queue/duplicates.hpp"

namespace weft::queue {

Duplicates::Duplicates(std::uint64_t window, const Stored& stored)
    : window_{window}, number_{stored.named - stored.names.size()} {
    for (const std::string& name : stored.names) {
        remember(name);
    }
}

Named Duplicates::remember(const std::string& name) {
    names_.emplace(++number_, name);
    known_.insert(name);
    return {.name = name, .number = number_, .forgotten = forget()};
}

void Duplicates::change(std::uint64_t window, Actions& out) {
    window_ = window;
    if (const std::uint64_t through = forget(); through > 0) {
        out.push_back(ForgetNames{through});
    }
}

std::uint64_t Duplicates::forget() {
    std::uint64_t through = 0;
    for (; names_.size() > window_; names_.erase(names_.begin())) {
        through = names_.begin()->first;
        known_.erase(names_.begin()->second);
    }
    return through;
}

}  // namespace weft::queue
