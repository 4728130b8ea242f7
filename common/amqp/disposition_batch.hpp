#pragma once

#include "common/amqp/delivery.hpp"

#include <array>
#include <cstdint>
#include <cstring>

namespace weft::amqp {

/// Dispositions of neighbouring deliveries, collected into one range.
///
/// Threading: not shared. Spec: AMQP 1.0 §2.7.6
class DispositionBatch {
public:
    /// Bytes of a state that is collected; larger ones (annotations, errors) rarely repeat and are
    /// written one by one.
    static constexpr std::size_t kStateMax = 20;

    bool empty() const { return !open_; }
    DeliveryId first() const { return first_; }
    DeliveryId last() const { return last_; }
    /// Of each of them, but for its id.
    DeliveryUpdate update() const {
        return {first_, settled_, Bytes{state_}.first(size_), batchable_};
    }

    /// False if the delivery does not continue the range: write it, clear, and start anew.
    bool add(const DeliveryUpdate& update) {
        const auto& [id, settled, state, batchable] = update;
        if (!open_) {
            return start(update);
        }
        if (settled != settled_ || batchable != batchable_ || state.size() != size_ ||
            (size_ > 0 && std::memcmp(state.data(), state_.data(), size_) != 0)) {
            return false;
        }
        if (id == last_ + 1) {
            ++last_;
            return true;
        }
        if (id == first_ - 1) {
            --first_;
            return true;
        }
        return false;
    }

    void clear() { open_ = false; }

private:
    bool start(const DeliveryUpdate& update) {
        if (update.state.size() > kStateMax) {
            return false;
        }
        if (!update.state.empty()) {
            std::memcpy(state_.data(), update.state.data(), update.state.size());
        }
        size_ = static_cast<std::uint8_t>(update.state.size());
        first_ = last_ = update.id;
        settled_ = update.settled;
        batchable_ = update.batchable;
        open_ = true;
        return true;
    }

    DeliveryId first_ = 0;
    DeliveryId last_ = 0;
    std::array<std::uint8_t, kStateMax> state_{};
    std::uint8_t size_ = 0;
    bool settled_ = false;
    bool batchable_ = false;
    bool open_ = false;
};

}  // namespace weft::amqp
