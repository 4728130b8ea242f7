#include "router/exchange/passages.hpp"

#include <utility>

namespace weft::exchange {

Passage& Passages::begin(Inlet& inlet, const router::OutgoingHead& head) {
    if (free_.empty()) {
        free_.push_back(static_cast<std::uint32_t>(all_.size()));
        all_.emplace_back();
    }
    const std::uint32_t number = free_.back();
    free_.pop_back();
    all_[number] = std::make_unique<Passage>();
    Passage& passage = *all_[number];
    passage.number = number;
    passage.inlet = &inlet;
    passage.context = head.settled ? 0 : head.context;
    passage.presettled = head.settled || head.provenance.presettled;
    passage.format = head.message_format;
    ++inlet.under_way;
    return passage;
}

void Passages::end(Passage& passage) {
    if (passage.due) {
        std::erase(due_, &passage);
    }
    const std::uint32_t number = passage.number;
    free_.push_back(number);
    all_[number].reset();
}

void Passages::leave(const Inlet& inlet) {
    if (inlet.arriving != nullptr) {
        inlet.arriving->aborted = true;
        inlet.arriving->whole = true;
        note_due(*inlet.arriving);
    }
    for (const auto& passage : all_) {
        if (passage != nullptr && passage->inlet == &inlet) {
            if (passage->life == Passage::Life::arriving) {
                passage->aborted = true;
            }
            passage->inlet = nullptr;
            passage->context = 0;
        }
    }
}

void Passages::note_due(Passage& passage) {
    if (!std::exchange(passage.due, true)) {
        due_.push_back(&passage);
    }
}

Passage& Passages::take_due() {
    Passage& passage = *due_.front();
    due_.pop_front();
    passage.due = false;
    return passage;
}

}  // namespace weft::exchange
