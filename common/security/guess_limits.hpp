#pragma once

#include "common/base/time.hpp"

#include <chrono>
#include <cstddef>
#include <string_view>
#include <vector>

namespace weft::security {

/// How many wrong passwords are looked at: of one user from one host, of one user from everywhere,
/// and of all users from one host. So many at once, and one more each period; until then no
/// password is looked at, be it right. What is right costs nothing, however often.
///
/// Each kind has a fixed number of places, which names share by chance
/// (common/base/keyed_hash.hpp): however many names are made up, it takes no more memory.
/// Threading: not shared. Time is an argument.
class GuessLimits {
public:
    struct Limit {
        int at_once;
        Duration period;
    };
    static constexpr Limit kOfBoth{10, std::chrono::seconds{6}};
    static constexpr Limit kOfUser{100, std::chrono::seconds{1}};
    static constexpr Limit kOfHost{200, std::chrono::milliseconds{100}};
    static constexpr std::size_t kPlaces = 4096;

    /// `host` and `user`: any texts.
    bool may_guess(std::string_view host, std::string_view user, Instant now) const;
    /// Of what names no user before it is looked at, a token: as of all users from one host.
    bool may_show(std::string_view host, Instant now) const;
    void count_shown(std::string_view host, Instant now);
    /// It was wrong.
    void count(std::string_view host, std::string_view user, Instant now);

private:
    /// What was guessed wrong is paid for until then, at a period a guess.
    using Paid = std::vector<Instant>;

    Paid of_both_{Paid(kPlaces)};
    Paid of_user_{Paid(kPlaces)};
    Paid of_host_{Paid(kPlaces)};
};

}  // namespace weft::security
