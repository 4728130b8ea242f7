#include "broker/node/subscription_entry.hpp"

#include "common/base/conditions.hpp"

#include <limits>
#include <string_view>

namespace weft::broker {
namespace {

std::string text_of(const wire::Map& words, std::string_view key, bool& sound) {
    const wire::Value* value = wire::find(words, key);
    const std::string* const text = value == nullptr ? nullptr : value->text();
    sound = sound && text != nullptr;
    return text == nullptr ? std::string{} : *text;
}

std::uint64_t number_in(const wire::Map& words,
                        std::string_view key,
                        std::uint64_t most,
                        bool& sound) {
    const wire::Value* value = wire::find(words, key);
    const auto number = value == nullptr ? std::nullopt : value->integer();
    const bool fits = number && *number >= 0 && static_cast<std::uint64_t>(*number) <= most;
    sound = sound && fits;
    return fits ? static_cast<std::uint64_t>(*number) : 0;
}

}  // namespace

bool is_passing(const wire::Map& words) {
    const wire::Value* const kind = wire::find(words, "kind");
    const auto number = kind == nullptr ? std::nullopt : kind->integer();
    return number && !topic::is_durable(static_cast<topic::Kind>(*number));
}

wire::Map subscription_words(const topic::Subscription& subscription,
                             const std::string& container) {
    wire::Map words{{"kind", std::uint64_t{static_cast<std::uint8_t>(subscription.kind)}},
                    {"global", std::uint64_t{subscription.owner.global ? 1U : 0U}},
                    {"owner", subscription.owner.container},
                    {"name", subscription.owner.name},
                    {"filter", topic::written(subscription.interest.filter)},
                    {"selector", subscription.interest.selector},
                    {"noLocal", std::uint64_t{subscription.interest.no_local ? 1U : 0U}},
                    {"container", container}};
    if (subscription.expiry) {
        words.emplace_back("expirySeconds", std::uint64_t{*subscription.expiry});
    }
    return words;
}

Result<StoredSubscription> read_subscription(const wire::Map& words) {
    bool sound = true;
    StoredSubscription read;
    topic::Subscription& subscription = read.subscription;
    subscription.kind = static_cast<topic::Kind>(number_in(words, "kind", 3, sound));
    subscription.owner.global = number_in(words, "global", 1, sound) != 0;
    subscription.owner.container = text_of(words, "owner", sound);
    subscription.owner.name = text_of(words, "name", sound);
    const std::string filter = text_of(words, "filter", sound);
    subscription.interest.selector = text_of(words, "selector", sound);
    subscription.interest.no_local = number_in(words, "noLocal", 1, sound) != 0;
    read.container = text_of(words, "container", sound);
    if (wire::find(words, "expirySeconds") != nullptr) {
        constexpr auto kMost = std::numeric_limits<std::uint32_t>::max();
        subscription.expiry =
            static_cast<std::uint32_t>(number_in(words, "expirySeconds", kMost, sound));
    }
    if (!sound) {
        return fail(kDecodeError, "a stored subscription is damaged");
    }
    WEFT_TRY(subscription.interest.filter, topic::read_filter(filter));
    return read;
}

}  // namespace weft::broker
