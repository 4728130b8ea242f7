#include "router/core/wildcards.hpp"

#include "common/base/conditions.hpp"
#include "common/base/printable.hpp"
#include "router/core/address_table.hpp"

#include <algorithm>

namespace weft::router {
namespace {

tl::unexpected<Error> no_subscription(std::string_view name, const std::string& why) {
    return fail(kInvalidField,
                "\"" + printable(name.substr(0, 64)) + "\" has wildcards, but " + why);
}

bool is_one(std::string_view level) {
    return level == "+" || level == "*";
}

/// Without a separator the wildcard itself says whose it is.
keys::MatchMethod method_of(std::string_view name) {
    const bool words = name.find('/') == std::string_view::npos &&
                       (name == "*" || name.find('.') != std::string_view::npos);
    return words ? keys::MatchMethod::amqp : keys::MatchMethod::mqtt;
}

}  // namespace

Result<std::optional<WildcardName>> read_wildcards(std::string_view name) {
    std::optional<WildcardName> none;
    if (name.find_first_of("+*#") == std::string_view::npos) {
        return none;
    }
    const auto method = method_of(name);
    WildcardName read{.method = method, .key = {}};
    bool wild = false;
    bool many = false;
    bool misplaced = false;
    for (bool ended = false; !ended;) {
        const std::string_view level = keys::take_word(name, keys::separator(method), ended);
        misplaced |= many;
        many = level == keys::kManyWords;
        wild |= many || is_one(level);
        read.key += is_one(level) ? keys::any_word(method) : level;
        read.key += ended ? "" : std::string(1, keys::separator(method));
    }
    if (!wild) {
        return none;
    }
    if (misplaced) {
        return no_subscription(read.key, "'#' stands only at the end");
    }
    if (read.key.size() > keys::kKeyBytesMax ||
        keys::count_words(read.key, keys::separator(method)) > keys::kKeyWordsMax) {
        return no_subscription(read.key, "more than " + std::to_string(keys::kKeyBytesMax) +
                                             " bytes or " + std::to_string(keys::kKeyWordsMax) +
                                             " levels");
    }
    return read;
}

bool may_have_wildcards(const AddressKey& key, const Treatment& treatment) {
    return treatment.distribution == Distribution::multicast && key.address_class() == 'M' &&
           key.phase() == '0' && !is_routers_own(key.name());
}

void Wildcards::add(Address& subscription) {
    tree_of(subscription.wildcard->method).add(subscription.wildcard->key, subscription);
    shapes_.add(subscription.wildcard->shape());
    ++count_;
    ++version_;  // W1
}

void Wildcards::remove(Address& subscription) {
    tree_of(subscription.wildcard->method).remove(subscription.wildcard->key, subscription);
    shapes_.remove(subscription.wildcard->shape());
    left_out_.give_room();
    --count_;
    ++version_;  // W1
}

void Wildcards::charge(const Address& subscription, std::uint64_t connection) {
    shapes_.charge(subscription.wildcard->shape(), connection);
}

void Wildcards::match(std::string_view name, std::vector<Address*>& found) const {
    const auto first = name.starts_with('$') ? keys::First::itself : keys::First::anything;
    levels_.match(name, found, first);
    if (name.find('/') == std::string_view::npos) {
        words_.match(name, found, first);
    }
}

Meant::Meant(Address& owner)
    : target{std::make_shared<SentTo>(SentTo{.name = std::string(owner.key.name()),
                                             .address = &owner,
                                             .wildcards = owner.wildcards})} {}

const Meant& Wildcards::meaning(Address& address) const {
    if (address.meant == nullptr) {
        address.meant = std::make_unique<Meant>(address);
    }
    Meant& meant = *address.meant;
    if (meant.version != version_) {
        meant.version = version_;
        meant.by.clear();
        match(address.key.name(), meant.by);
    }
    return meant;
}

bool Wildcards::reach(Address& address) const {
    return !empty() && std::ranges::any_of(meaning(address).by, [](const Address* subscription) {
        return subscription->reachable();
    });
}

bool Wildcards::lead_to_routers(Address& address) const {
    return !empty() && std::ranges::any_of(meaning(address).by, &Address::routable);
}

bool Wildcards::reach(std::string_view name) const {
    if (empty()) {
        return false;
    }
    found_.clear();
    match(name, found_);
    return std::ranges::any_of(
        found_, [](const Address* subscription) { return subscription->reachable(); });
}

}  // namespace weft::router
