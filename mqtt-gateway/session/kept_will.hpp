#pragma once

#include "mqtt-gateway/session/counters.hpp"
#include "mqtt-gateway/session/message.hpp"

#include <optional>
#include <utility>

namespace weft::session {

/// A session's will, as long as it has one: its bytes count among those of all.
/// Threading: loop-confined.
class KeptWill {
public:
    /// `counters` must outlive it.
    explicit KeptWill(Counters& counters) : counters_{counters} {}
    ~KeptWill() { reset(); }
    KeptWill(const KeptWill&) = delete;
    KeptWill& operator=(const KeptWill&) = delete;

    explicit operator bool() const { return will_.has_value(); }
    const std::optional<WillMessage>& get() const { return will_; }

    void set(std::optional<WillMessage> will) {
        reset();
        will_ = std::move(will);
        counters_.will_bytes += will_ ? will_->bytes() : 0;
    }
    void reset() {
        counters_.will_bytes -= will_ ? will_->bytes() : 0;
        will_.reset();
    }
    /// There is one.
    WillMessage take() {
        counters_.will_bytes -= will_->bytes();
        return *std::exchange(will_, std::nullopt);
    }

private:
    Counters& counters_;
    std::optional<WillMessage> will_{};
};

}  // namespace weft::session
