#include "router/exchange/copies.hpp"

#include <utility>

namespace weft::exchange {

void Copies::open(Passage& passage, Way& way) {
    if (free_.empty()) {
        free_.push_back(static_cast<std::uint32_t>(all_.size()));
        all_.emplace_back();
    }
    const std::uint32_t number = free_.back();
    free_.pop_back();
    all_[number] = {.passage = &passage,
                    .way = &way,
                    .position = static_cast<std::uint32_t>(passage.copies.size()),
                    .claims = !way.stalled};
    passage.claims += way.stalled ? 0U : 1U;
    passage.copies.push_back(number);
}

void Copies::close(std::uint32_t number) {
    Copy& copy = all_[number];
    Passage& passage = *copy.passage;
    waive(copy);
    passage.copies[copy.position] = passage.copies.back();
    all_[passage.copies[copy.position]].position = copy.position;
    passage.copies.pop_back();
    copy = {};
    free_.push_back(number);
}

void Copies::waive(Copy& copy) {
    if (std::exchange(copy.claims, false)) {
        --copy.passage->claims;
    }
}

}  // namespace weft::exchange
