#include "router/exchange/passages.hpp"

#include <utility>

namespace weft::exchange {
namespace {

/// Its memory, for the next one, unless that is much.
template <class Item>
std::vector<Item> emptied(std::vector<Item>& items) {
    std::vector<Item> empty;
    if (items.capacity() * sizeof(Item) <= Passages::kSpareBytesMax) {
        empty.swap(items);
        empty.clear();
    }
    return empty;
}

/// As a new one, but for its memory.
void renew(Passage& passage) {
    Passage fresh;
    fresh.bytes = emptied(passage.bytes);
    fresh.outcome = emptied(passage.outcome);
    fresh.copies = emptied(passage.copies);
    passage = std::move(fresh);
}

}  // namespace

Passage& Passages::begin(Inlet& inlet, const router::OutgoingHead& head) {
    if (free_.empty()) {
        free_.push_back(static_cast<std::uint32_t>(all_.size()));
        all_.emplace_back();
    }
    const std::uint32_t number = free_.back();
    free_.pop_back();
    all_[number] = obtain();
    Passage& passage = *all_[number];
    passage.number = number;
    passage.inlet = &inlet;
    passage.context = head.settled ? 0 : head.context;
    passage.presettled = head.settled || head.provenance.presettled;
    passage.format = head.message_format;
    ++inlet.under_way;
    return passage;
}

std::unique_ptr<Passage> Passages::obtain() {
    if (spare_.empty()) {
        return std::make_unique<Passage>();
    }
    std::unique_ptr<Passage> passage = std::move(spare_.back());
    spare_.pop_back();
    return passage;
}

void Passages::end(Passage& passage) {
    if (passage.DueHook::is_linked()) {
        passage.DueHook::unlink();
    }
    free_.push_back(passage.number);
    std::unique_ptr<Passage> over = std::move(all_[passage.number]);
    if (spare_.size() < kSpareMax) {
        renew(*over);
        spare_.push_back(std::move(over));
    }
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
    if (!passage.DueHook::is_linked()) {
        due_.push_back(passage);
    }
}

Passage& Passages::take_due() {
    Passage& passage = due_.front();
    due_.pop_front();
    return passage;
}

}  // namespace weft::exchange
