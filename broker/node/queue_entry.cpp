#include "broker/node/queue_entry.hpp"

#include "broker/node/arrival.hpp"
#include "broker/node/forward_rule.hpp"
#include "common/base/conditions.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <initializer_list>
#include <limits>

namespace weft::broker {
namespace {

constexpr std::string_view kEntryProperty = "weft.address";
/// In the store alone: what the queue of a subscription is.
constexpr std::string_view kSubscription = "subscription";
/// In the store alone: whose entry it is.
constexpr std::string_view kAuthority = "authority";
/// In the store alone: its entry means other addresses, too.
constexpr std::string_view kPattern = "isPattern";
/// In the store alone: that it is being emptied.
constexpr std::string_view kDraining = "draining";
/// What an entry may say: of its queue, and what is its router's to know. `durability`: a queue is
/// as safe as with `full`, whatever it says.
constexpr std::array<std::string_view, 23> kKnown{
    "ttlSeconds",   "redelivery",        "type",          "maxMessages",
    "maxBytes",     "maxDeliveries",     "overflow",      "deadLetter",
    "durability",   "address",           "prefix",        "pattern",
    "brokers",      "distribution",      "name",          "priority",
    "lastValueKey", "exclusiveConsumer", "messageGroups", "duplicateWindow",
    "fenced",       "maxKeys",           "forward"};

/// By queue::Overflow.
constexpr std::array<std::string_view, 4> kOverflows{"block", "reject", "drop-oldest",
                                                     "dead-letter"};

/// By Authority.
constexpr std::array<std::string_view, 3> kAuthorities{"links", "routers", "operators"};

/// By Draining::Scope.
constexpr std::array<std::string_view, 3> kScopes{"", "named", "all"};

constexpr double kSecondsMost = 10.0 * 366 * 24 * 60 * 60;
constexpr double kMultiplierMost = 1000;

std::optional<double> number_of(const wire::Value& value) {
    if (const auto whole = value.integer()) {
        return static_cast<double>(*whole);
    }
    const auto* number = value.as<double>();
    return number == nullptr ? std::nullopt : std::optional{*number};
}

tl::unexpected<Error> not_done(std::string_view key, const wire::Value& value) {
    return fail(kNotImplemented, "this broker does not do \"" + std::string{key} +
                                     "\": " + wire::to_string(value) + " yet");
}

template <class Number>
Result<void> read_number(const wire::Map& entry,
                         std::string_view key,
                         Number& number,
                         std::uint64_t most = std::numeric_limits<Number>::max(),
                         std::uint64_t least = 0) {
    const wire::Value* value = wire::find(entry, key);
    if (value == nullptr) {
        return {};
    }
    const auto whole = value->integer();
    if (!whole || *whole < 0 || static_cast<std::uint64_t>(*whole) > most ||
        static_cast<std::uint64_t>(*whole) < least) {
        return fail(kInvalidField, "\"" + std::string{key} + "\" is " + wire::to_string(*value) +
                                       ": it must be a number from " + std::to_string(least) +
                                       " to " + std::to_string(most));
    }
    number = static_cast<Number>(*whole);
    return {};
}

Result<void> read_truth(const wire::Map& entry, std::string_view key, bool& truth) {
    const wire::Value* value = wire::find(entry, key);
    if (value == nullptr) {
        return {};
    }
    const bool* said = value->as<bool>();
    if (said == nullptr) {
        return fail(kInvalidField, "\"" + std::string{key} + "\" is " + wire::to_string(*value) +
                                       ": it must be true or false");
    }
    truth = *said;
    return {};
}

/// Milliseconds that `key` of the map `in` gives in seconds.
Result<void> read_seconds(const wire::Map& in, std::string_view key, std::uint64_t& milliseconds) {
    const wire::Value* value = wire::find(in, key);
    if (value == nullptr) {
        return {};
    }
    const auto seconds = number_of(*value);
    if (!seconds || !(*seconds >= 0) || *seconds > kSecondsMost) {
        return fail(kInvalidField, "\"" + std::string{key} + "\" is " + wire::to_string(*value) +
                                       ": it must be a number of seconds, at most 10 years");
    }
    milliseconds = static_cast<std::uint64_t>(std::llround(*seconds * 1000));
    return {};
}

/// The map that `key` gives, in which only `keys` may be; null: it is not there.
Result<const wire::Map*> read_map(const wire::Map& entry,
                                  std::string_view key,
                                  std::initializer_list<std::string_view> keys) {
    const wire::Value* value = wire::find(entry, key);
    if (value == nullptr) {
        return nullptr;
    }
    const auto* map = value->as<wire::Map>();
    if (map == nullptr) {
        return fail(kInvalidField, "\"" + std::string{key} + "\" is " + wire::to_string(*value) +
                                       ": it must be an object");
    }
    for (const auto& [name, member] : *map) {
        const std::string* const word = name.text();
        if (word == nullptr || std::find(keys.begin(), keys.end(), *word) == keys.end()) {
            return not_done(std::string{key} + "." + wire::to_string(name), member);
        }
    }
    return map;
}

Result<void> read_times(const wire::Map& entry, queue::Settings& settings) {
    WEFT_TRY(const wire::Map* const ttl, read_map(entry, "ttlSeconds", {"default", "max"}));
    if (ttl != nullptr) {
        for (const Result<void>& done : {read_seconds(*ttl, "default", settings.ttl_default),
                                         read_seconds(*ttl, "max", settings.ttl_max)}) {
            if (!done) {
                return done;
            }
        }
    }
    WEFT_TRY(const wire::Map* const again,
             read_map(entry, "redelivery", {"delaySeconds", "multiplier", "maxDelaySeconds"}));
    if (again == nullptr) {
        return {};
    }
    queue::Redelivery& redelivery = settings.redelivery;
    for (const Result<void>& done :
         {read_seconds(*again, "delaySeconds", redelivery.delay),
          read_seconds(*again, "maxDelaySeconds", redelivery.delay_max)}) {
        if (!done) {
            return done;
        }
    }
    if (const wire::Value* value = wire::find(*again, "multiplier")) {
        const auto multiplier = number_of(*value);
        if (!multiplier || !(*multiplier >= 1) || *multiplier > kMultiplierMost) {
            return fail(kInvalidField, "\"multiplier\" is " + wire::to_string(*value) +
                                           ": it must be a number from 1 to 1000");
        }
        redelivery.multiplier = *multiplier;
    }
    return {};
}

/// Whether it means more than one address. `+`, `*` and `#` are wildcards of the configuration.
bool is_pattern(const wire::Map& entry) {
    const wire::Value* const address = wire::find(entry, "address");
    const std::string* const text = address == nullptr ? nullptr : address->text();
    return wire::find(entry, "prefix") != nullptr || wire::find(entry, "pattern") != nullptr ||
           (text != nullptr && text->find_first_of("+*#") != std::string::npos);
}

Result<void> read_words(const wire::Map& entry, QueueEntry& read) {
    read.is_pattern = is_pattern(entry);
    const wire::Value* type = wire::find(entry, "type");
    if (type != nullptr) {
        const std::string* const word = type->text();
        read.is_topic = word != nullptr && *word == "topic";
        if (!read.is_topic && (word == nullptr || *word != "queue")) {
            return not_done("type", *type);
        }
    }
    if (const wire::Value* overflow = wire::find(entry, "overflow")) {
        const std::string* const word = overflow->text();
        const auto found = word == nullptr ? kOverflows.end()
                                           : std::find(kOverflows.begin(), kOverflows.end(), *word);
        if (found == kOverflows.end()) {
            return not_done("overflow", *overflow);
        }
        read.settings.overflow = static_cast<queue::Overflow>(found - kOverflows.begin());
    }
    if (const wire::Value* dead = wire::find(entry, "deadLetter")) {
        const std::string* const name = dead->text();
        if (name == nullptr || name->size() > kQueueNameMax) {
            return fail(kInvalidField, "\"deadLetter\" is " + wire::to_string(*dead) +
                                           ": it must be the address of a queue, or \"\": nowhere");
        }
        read.dead_letter = *name;
    }
    if (const wire::Value* key = wire::find(entry, "lastValueKey")) {
        const std::string* const name = key->text();
        if (name == nullptr || name->size() > kMessageWordMax) {
            return fail(kInvalidField,
                        "\"lastValueKey\" is " + wire::to_string(*key) +
                            ": it must be the name of an application property or a message "
                            "annotation, of at most 256 bytes");
        }
        read.settings.last_value_key = *name;
    }
    return {};
}

Result<void> read_brokers(const wire::Map& entry, QueueEntry& read) {
    const wire::Value* const value = wire::find(entry, "brokers");
    const auto* const list = value == nullptr ? nullptr : value->as<wire::List>();
    if (value != nullptr && !value->is_null() && list == nullptr) {
        return fail(kInvalidField,
                    "\"brokers\" is " + wire::to_string(*value) + ": it must be a list of texts");
    }
    for (const wire::Value& each : list == nullptr ? wire::List{} : *list) {
        if (const std::string* const name = each.text()) {
            read.brokers.push_back(*name);
        }
    }
    return {};
}

/// What does not go together.
Result<void> check(const QueueEntry& entry) {
    const queue::Settings& settings = entry.settings;
    if (entry.forward && entry.is_topic) {
        return fail(kInvalidField,
                    "\"forward\" is of queues, and this is a topic, which keeps no messages of its "
                    "own: leave it out");
    }
    if (entry.dead_letter.empty() && settings.overflow == queue::Overflow::dead_letter) {
        return fail(kInvalidField,
                    "\"overflow\" is \"dead-letter\", and \"deadLetter\" is \"\": name a queue "
                    "there, or let it overflow otherwise");
    }
    if (!settings.fenced) {
        return {};
    }
    if (settings.last_value_key.empty()) {
        return fail(kInvalidField,
                    "\"fenced\" is true, and there is no \"lastValueKey\": keys have fences");
    }
    if (entry.is_topic || entry.brokers.size() > 1) {
        return fail(kInvalidField,
                    "\"fenced\" is true: only a queue that one broker keeps can have fences, for "
                    "each subscription and each broker would have others");
    }
    return {};
}

}  // namespace

std::string_view name_of(Authority authority) {
    return kAuthorities[static_cast<std::size_t>(authority)];
}

std::string_view name_of(queue::Overflow overflow) {
    return kOverflows[static_cast<std::size_t>(overflow)];
}

Result<QueueEntry> read_entry(const wire::Map& entry) {
    for (const auto& [key, value] : entry) {
        const std::string* const word = key.text();
        if (word == nullptr || std::find(kKnown.begin(), kKnown.end(), *word) == kKnown.end()) {
            return not_done(wire::to_string(key), value);
        }
    }
    QueueEntry read;
    WEFT_TRY(read.forward, read_rule(entry));
    for (const Result<void>& done :
         {read_words(entry, read), read_brokers(entry, read), read_times(entry, read.settings),
          read_number(entry, "maxMessages", read.settings.messages_max),
          read_number(entry, "maxBytes", read.settings.bytes_max),
          read_number(entry, "maxDeliveries", read.settings.deliveries_max),
          read_truth(entry, "exclusiveConsumer", read.settings.exclusive),
          read_truth(entry, "messageGroups", read.settings.groups),
          read_number(entry, "duplicateWindow", read.settings.duplicate_window,
                      kDuplicateWindowMax),
          read_truth(entry, "fenced", read.settings.fenced),
          read_number(entry, "maxKeys", read.settings.keys_max, kKeysMax, /*least=*/1)}) {
        if (!done) {
            return tl::unexpected(done.error());
        }
    }
    if (auto fits = check(read); !fits) {
        return tl::unexpected(fits.error());
    }
    return read;
}

Result<std::optional<QueueEntry>> told_entry(Bytes properties) {
    if (properties.empty()) {
        return std::nullopt;
    }
    WEFT_TRY(const wire::Value value, wire::decode(properties));
    const auto* map = value.as<wire::Map>();
    const wire::Value* told = map == nullptr ? nullptr : wire::find(*map, kEntryProperty);
    if (told == nullptr) {
        return std::nullopt;
    }
    const auto* entry = told->as<wire::Map>();
    if (entry == nullptr) {
        return fail(kInvalidField, "the link property weft.address is no map");
    }
    WEFT_TRY(QueueEntry read, read_entry(*entry));
    read.authority = Authority::routers;
    return read;
}

wire::Map entry_words(const QueueEntry& entry) {
    const queue::Settings& settings = entry.settings;
    const queue::Redelivery& redelivery = settings.redelivery;
    const auto seconds = [](std::uint64_t milliseconds) {
        return static_cast<double>(milliseconds) / 1000;
    };
    wire::Map words{{"type", std::string{entry.is_topic ? "topic" : "queue"}},
                    {"maxMessages", settings.messages_max},
                    {"maxBytes", settings.bytes_max},
                    {"maxDeliveries", std::uint64_t{settings.deliveries_max}},
                    {"overflow", std::string{name_of(settings.overflow)}},
                    {"deadLetter", entry.dead_letter},
                    {"exclusiveConsumer", settings.exclusive},
                    {"messageGroups", settings.groups},
                    {"lastValueKey", settings.last_value_key},
                    {"maxKeys", std::uint64_t{settings.keys_max}},
                    {"fenced", settings.fenced},
                    {"duplicateWindow", settings.duplicate_window},
                    {"ttlSeconds", wire::Map{{"default", seconds(settings.ttl_default)},
                                             {"max", seconds(settings.ttl_max)}}},
                    {"redelivery", wire::Map{{"delaySeconds", seconds(redelivery.delay)},
                                             {"multiplier", redelivery.multiplier},
                                             {"maxDelaySeconds", seconds(redelivery.delay_max)}}}};
    if (entry.forward) {
        words.emplace_back("forward", rule_words(*entry.forward));
    }
    return words;
}

std::string entry_text(const QueueEntry& entry) {
    wire::Map map = entry_words(entry);
    map.emplace_back(std::string{kAuthority}, std::string{name_of(entry.authority)});
    if (entry.is_pattern) {
        map.emplace_back(std::string{kPattern}, true);
    }
    if (!entry.brokers.empty()) {
        wire::List brokers;
        for (const std::string& broker : entry.brokers) {
            brokers.emplace_back(broker);
        }
        map.emplace_back("brokers", std::move(brokers));
    }
    if (entry.is_to_drain()) {
        map.emplace_back(std::string{kDraining},
                         std::string{kScopes[static_cast<std::size_t>(entry.draining->scope)]});
    }
    if (!entry.subscription.empty()) {
        map.emplace_back(std::string{kSubscription}, entry.subscription);
    }
    Buffer encoded;
    wire::encode(encoded, wire::Value{map});
    return std::string{as_text(encoded)};
}

Result<QueueEntry> parse_entry(std::string_view text) {
    Bytes encoded = as_bytes(text);
    WEFT_TRY(const wire::Value value, wire::decode(encoded));
    const auto* map = value.as<wire::Map>();
    if (map == nullptr) {
        return fail(kDecodeError, "the settings of a queue are no map");
    }
    wire::Map told;
    wire::Map subscription;
    std::string authority;
    bool pattern = false;
    std::string draining;
    for (const auto& [key, member] : *map) {
        const auto* words = member.as<wire::Map>();
        if (key.text() != nullptr && *key.text() == kAuthority && member.text() != nullptr) {
            authority = *member.text();
        } else if (key.text() != nullptr && *key.text() == kPattern) {
            pattern = true;
        } else if (key.text() != nullptr && *key.text() == kDraining && member.text() != nullptr) {
            draining = *member.text();
        } else if (words != nullptr && key.text() != nullptr && *key.text() == kSubscription) {
            subscription = *words;
        } else {
            told.emplace_back(key, member);
        }
    }
    WEFT_TRY(QueueEntry entry, read_entry(told));
    entry.subscription = std::move(subscription);
    entry.is_pattern = pattern;
    const auto scope = std::find(kScopes.begin(), kScopes.end(), draining);
    if (!draining.empty() && scope != kScopes.end()) {
        entry.draining = Draining{.scope = static_cast<Draining::Scope>(scope - kScopes.begin())};
    }
    const auto known = std::find(kAuthorities.begin(), kAuthorities.end(), authority);
    if (known != kAuthorities.end()) {
        entry.authority = static_cast<Authority>(known - kAuthorities.begin());
    }
    return entry;
}

}  // namespace weft::broker
