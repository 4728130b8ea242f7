#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace weft {

/// One part of so many is everybody's, whatever others have taken.
inline constexpr std::size_t kSharesMin = 1000;

/// True if somebody may have one more of what there is `max` of: he has less than all others leave
/// free, or less than everybody may have. So one that takes all he can gets half, two get a third
/// each, and who comes later gets what he needs.
inline bool may_take(std::size_t own, std::size_t all, std::size_t max) {
    return own < std::max(max / kSharesMin, max - std::min(all, max));
}

/// What the connections of one loop keep of what their peers ask for, besides messages, and the
/// share of each. Threading: loop-confined.
class Census {
public:
    struct Limits {
        std::size_t sessions = 262'144;
        std::size_t text_bytes = std::size_t{256} * 1024 * 1024;
    };
    /// Refused for want of a share.
    struct Counters {
        std::uint64_t sessions = 0;
        std::uint64_t links = 0;  // for their names and addresses
    };

    /// One connection's.
    class Share {
    public:
        /// Null: it counts for itself alone, and is refused nothing.
        explicit Share(Census* census) : census_{census} {}
        ~Share() {
            remove_texts(text_bytes_);
            remove_sessions(sessions_);
        }
        Share(const Share&) = delete;
        Share& operator=(const Share&) = delete;

        /// False, and counted: there is no room for a session.
        [[nodiscard]] bool add_session() {
            if (census_ != nullptr &&
                !may_take(sessions_, census_->sessions_, census_->limits_.sessions)) {
                ++census_->counters_.sessions;
                return false;
            }
            ++sessions_;
            if (census_ != nullptr) {
                ++census_->sessions_;
            }
            return true;
        }
        void remove_sessions(std::size_t count) {
            sessions_ -= count;
            if (census_ != nullptr) {
                census_->sessions_ -= count;
            }
        }

        std::size_t text_bytes() const { return text_bytes_; }
        void add_texts(std::size_t bytes) {
            text_bytes_ += bytes;
            if (census_ != nullptr) {
                census_->text_bytes_ += bytes;
            }
        }
        void remove_texts(std::size_t bytes) {
            text_bytes_ -= bytes;
            if (census_ != nullptr) {
                census_->text_bytes_ -= bytes;
            }
        }
        /// False, and counted: those that it has are too many.
        [[nodiscard]] bool has_room_for_texts() {
            const bool fits = census_ == nullptr || may_take(text_bytes_, census_->text_bytes_,
                                                             census_->limits_.text_bytes);
            if (!fits) {
                ++census_->counters_.links;
            }
            return fits;
        }

    private:
        Census* census_;
        std::size_t sessions_ = 0;
        std::size_t text_bytes_ = 0;
    };

    Census() : Census(Limits{}) {}
    explicit Census(const Limits& limits) : limits_{limits} {}
    Census(const Census&) = delete;
    Census& operator=(const Census&) = delete;

    std::size_t sessions() const { return sessions_; }
    std::size_t text_bytes() const { return text_bytes_; }
    const Counters& counters() const { return counters_; }

private:
    Limits limits_;
    std::size_t sessions_ = 0;
    std::size_t text_bytes_ = 0;
    Counters counters_;
};

}  // namespace weft
