#include "common/security/guess_limits.hpp"

#include "common/base/keyed_hash.hpp"

#include <algorithm>
#include <string>

namespace weft::security {
namespace {

std::size_t place_of(std::string_view name) {
    return TextHash{}(name) % GuessLimits::kPlaces;
}

std::size_t place_of_both(std::string_view host, std::string_view user) {
    std::string both{host};
    both.push_back('\0');
    return place_of(both.append(user));
}

bool has_one(Instant paid, const GuessLimits::Limit& limit, Instant now) {
    return paid <= now || paid - now <= (limit.at_once - 1) * limit.period;
}

void take_one(Instant& paid, const GuessLimits::Limit& limit, Instant now) {
    paid = std::max(paid, now) + limit.period;
}

}  // namespace

bool GuessLimits::may_guess(std::string_view host, std::string_view user, Instant now) const {
    return has_one(of_both_[place_of_both(host, user)], kOfBoth, now) &&
           has_one(of_user_[place_of(user)], kOfUser, now) &&
           has_one(of_host_[place_of(host)], kOfHost, now);
}

void GuessLimits::count(std::string_view host, std::string_view user, Instant now) {
    take_one(of_both_[place_of_both(host, user)], kOfBoth, now);
    take_one(of_user_[place_of(user)], kOfUser, now);
    take_one(of_host_[place_of(host)], kOfHost, now);
}

bool GuessLimits::may_show(std::string_view host, Instant now) const {
    return has_one(of_host_[place_of(host)], kOfHost, now);
}

void GuessLimits::count_shown(std::string_view host, Instant now) {
    take_one(of_host_[place_of(host)], kOfHost, now);
}

}  // namespace weft::security
