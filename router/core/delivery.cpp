#include "router/core/delivery.hpp"

#include "common/base/assert.hpp"
#include "common/wire/delivery_state.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <memory>
#include <new>
#include <utility>

namespace weft::router {
namespace {

constexpr std::size_t kCopiesKept = 4096;
// Small frames that follow one another share a chunk of this size, or of that part of what is kept
// already: so there are few chunks, however much is kept.
constexpr std::size_t kChunkMin = 1024;
constexpr std::size_t kChunkPart = 16;

/// The list of its delivery in which a copy stands.
Copy*& list_of(Copy& copy) {
    Delivery& delivery = *copy.delivery;
    return copy.behind ? delivery.behind : delivery.up_to_date;
}

void link(Copy& copy, Copy*& first) {
    copy.next = first;
    if (first != nullptr) {
        first->previous = &copy;
    }
    first = &copy;
}

void unlink(Copy& copy) {
    if (copy.next != nullptr) {
        copy.next->previous = copy.previous;
    }
    (copy.previous != nullptr ? copy.previous->next : list_of(copy)) = copy.next;
}

}  // namespace

DeliveryPool::~DeliveryPool() {
    for (const auto& slab : slabs_) {
        for (Delivery* delivery = slab.get(); delivery != slab.get() + kSlab; ++delivery) {
            drop_chunks(*delivery);
            free_copies(*delivery);
            if (delivery->share != nullptr) {
                leave(*delivery->share);
            }
        }
    }
    while (free_copies_ != nullptr) {
        delete std::exchange(free_copies_, free_copies_->next);
    }
}

Delivery* DeliveryPool::make(Share& share) {
    if (free_.empty()) {
        slabs_.push_back(std::make_unique<Delivery[]>(kSlab));
        for (std::size_t i = kSlab; i-- > 0;) {
            free_.push_back(&slabs_.back()[i]);
        }
    }
    Delivery* delivery = free_.back();
    free_.pop_back();
    ++in_use_;
    delivery->branch.delivery = delivery;
    delivery->share = &share;
    ++share.deliveries;
    return delivery;
}

void DeliveryPool::free(Delivery* delivery) {
    WEFT_DCHECK(delivery->open_branches == 0);
    if (delivery->first_chunk != nullptr) {
        drop_chunks(*delivery);
    }
    if (delivery->is_linked()) {
        delivery->unlink();
    }
    count_state(*delivery, -delivery->state_bytes);
    leave(*delivery->share);
    std::destroy_at(delivery);
    ::new (static_cast<void*>(delivery)) Delivery;
    free_.push_back(delivery);
    --in_use_;
}

void DeliveryPool::charge(Delivery& delivery, Share& share) {
    const bool kept = delivery.first_chunk != nullptr;
    const std::size_t bytes =
        kept ? static_cast<std::size_t>(delivery.received - delivery.dropped) : 0;
    const std::size_t all = bytes + static_cast<std::size_t>(delivery.state_bytes);
    delivery.share->bytes -= all;
    share.bytes += all;
    ++share.deliveries;
    leave(*std::exchange(delivery.share, &share));
}

Copy& DeliveryPool::make_copy(Delivery& delivery, Share* payer) {
    if (free_copies_ == nullptr) {
        free_copies_ = new Copy;
        ++copies_kept_;
    }
    Copy* const copy = std::exchange(free_copies_, free_copies_->next);
    --copies_kept_;
    ++copies_;
    copy->delivery = &delivery;
    copy->payer = payer;
    if (payer != nullptr) {
        ++payer->deliveries;
    }
    link(*copy, delivery.up_to_date);
    return *copy;
}

void DeliveryPool::free(Copy& copy) {
    unlink(copy);
    if (copy.payer != nullptr) {
        leave(*copy.payer);
    }
    --copies_;
    if (copies_kept_ >= kCopiesKept) [[unlikely]] {
        delete &copy;
        return;
    }
    std::destroy_at(&copy);
    ::new (static_cast<void*>(&copy)) Copy;
    copy.next = free_copies_;
    free_copies_ = &copy;
    ++copies_kept_;
}

/// To the other list of its delivery.
void DeliveryPool::move(Copy& copy) {
    unlink(copy);
    copy.behind = !copy.behind;
    copy.previous = nullptr;
    link(copy, list_of(copy));
}

void DeliveryPool::free_copies(Delivery& delivery) {
    for (Copy** list : {&delivery.up_to_date, &delivery.behind}) {
        while (*list != nullptr) {
            free(**list);
        }
    }
}

/// Only who is behind lags.
std::uint32_t DeliveryPool::count_laggards(const Delivery& delivery) {
    std::uint32_t count = lags(delivery.branch) ? 1 : 0;
    for (const Copy* copy = delivery.behind; copy != nullptr; copy = copy->next) {
        ++steps_;
        count += lags(*copy) ? 1U : 0U;
    }
    return count;
}

void DeliveryPool::keep(Delivery& delivery, Bytes bytes) {
    if (bytes.empty()) {
        return;
    }
    held_bytes_ += bytes.size();
    delivery.share->bytes += bytes.size();
    Chunk* const last = delivery.last_chunk;
    // The first chunk never grows: `laggards` counts who needs it as it is.
    if (last != delivery.first_chunk && bytes.size() <= last->capacity - last->size) {
        std::memcpy(last->bytes() + last->size, bytes.data(), bytes.size());
        last->size += bytes.size();
        return;
    }
    const auto kept = static_cast<std::size_t>(delivery.received - delivery.dropped);
    const std::size_t capacity =
        last == nullptr ? bytes.size() : std::max({kChunkMin, bytes.size(), kept / kChunkPart});
    auto* chunk = new (::operator new(sizeof(Chunk) + capacity)) Chunk;
    chunk->capacity = capacity;
    chunk->size = bytes.size();
    std::memcpy(chunk->bytes(), bytes.data(), bytes.size());
    delivery.last_chunk = chunk;
    if (last != nullptr) {
        last->next = chunk;
        return;
    }
    delivery.first_chunk = chunk;
    delivery.dropped = delivery.received - bytes.size();
    delivery.laggards = count_laggards(delivery);
}

void DeliveryPool::keep_state(Delivery& delivery, Buffer& kept, Bytes state) {
    const bool too_many = states_bytes_ + state.size() > kStatesBytesMax;
    const Buffer shorter = too_many ? wire::bare(state) : Buffer{};
    const Bytes meant = too_many ? Bytes{shorter} : state;
    count_state(delivery, std::ssize(meant) - std::ssize(kept));
    kept.assign(meant.begin(), meant.end());
}

void DeliveryPool::count_state(Delivery& delivery, std::ptrdiff_t bytes) {
    delivery.state_bytes += bytes;
    delivery.share->bytes += static_cast<std::size_t>(bytes);
    held_bytes_ += static_cast<std::size_t>(bytes);
    states_bytes_ += static_cast<std::size_t>(bytes);
}

std::size_t DeliveryPool::drop_first_chunk(Delivery& delivery) {
    Chunk* chunk = delivery.first_chunk;
    const std::size_t size = chunk->size;
    delivery.first_chunk = chunk->next;
    if (delivery.first_chunk == nullptr) {
        delivery.last_chunk = nullptr;
    }
    delivery.dropped += size;
    held_bytes_ -= size;
    delivery.share->bytes -= size;
    ::operator delete(chunk);
    return size;
}

std::size_t DeliveryPool::catch_up(Delivery& delivery) {
    WEFT_DCHECK(delivery.laggards > 0);  // I4
    --delivery.laggards;
    std::size_t freed = 0;
    while (delivery.laggards == 0 && delivery.first_chunk != nullptr) {
        freed += drop_first_chunk(delivery);
        delivery.laggards = count_laggards(delivery);
    }
    return freed;
}

std::size_t DeliveryPool::drop_chunks(Delivery& delivery) {
    std::size_t freed = 0;
    while (delivery.first_chunk != nullptr) {
        freed += drop_first_chunk(delivery);
    }
    return freed;
}

Buffer DeliveryPool::gather(const Delivery& delivery) const {
    Buffer all;
    for (Chunk* chunk = delivery.first_chunk; chunk != nullptr; chunk = chunk->next) {
        append(all, {chunk->bytes(), chunk->size});
    }
    return all;
}

}  // namespace weft::router
