#pragma once

#include "mqtt-gateway/session/counters.hpp"
#include "mqtt-gateway/session/message.hpp"

#include <cstddef>
#include <optional>
#include <utility>

namespace weft::session {

/// Bytes of a will: they count among those of all wills (all_wills_bytes_max) as long as it lives.
/// Threading: loop-confined.
class WillBytes {
public:
    WillBytes() = default;
    /// `counters` must outlive it.
    WillBytes(Counters& counters, std::size_t bytes) : counters_{&counters}, bytes_{bytes} {
        counters.will_bytes += bytes;
    }
    ~WillBytes() { release(); }
    WillBytes(WillBytes&& other) noexcept
        : counters_{std::exchange(other.counters_, nullptr)}, bytes_{other.bytes_} {}
    WillBytes& operator=(WillBytes&& other) noexcept {
        release();
        counters_ = std::exchange(other.counters_, nullptr);
        bytes_ = other.bytes_;
        return *this;
    }

private:
    void release() {
        if (counters_ != nullptr) {
            counters_->will_bytes -= bytes_;
        }
    }

    Counters* counters_ = nullptr;  // null: it counts nothing
    std::size_t bytes_ = 0;
};

/// A session's will, as long as it has one. Threading: loop-confined.
class KeptWill {
public:
    /// `counters` must outlive it.
    explicit KeptWill(Counters& counters) : counters_{counters} {}
    explicit operator bool() const { return will_.has_value(); }
    const std::optional<WillMessage>& get() const { return will_; }

    void set(std::optional<WillMessage> will) {
        will_ = std::move(will);
        bytes_ = will_ ? WillBytes{counters_, will_->bytes()} : WillBytes{};
    }
    void reset() { set(std::nullopt); }
    /// There is one. Whoever has it counts it from now on.
    WillMessage take() {
        bytes_ = {};
        return *std::exchange(will_, std::nullopt);
    }

private:
    Counters& counters_;
    std::optional<WillMessage> will_{};
    WillBytes bytes_{};
};

}  // namespace weft::session
