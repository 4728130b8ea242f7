#pragma once

#include "mqtt-gateway/codec/entries.hpp"
#include "mqtt-gateway/codec/property_writer.hpp"
#include "mqtt-gateway/mapping/address_space.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace weft::mqtt_mapping {

using mqtt::PropertyId;
using mqtt::Qos;
using mqtt::Reason;

/// What must be possible.
inline AddressSpace space_of(const std::vector<DeclaredAddress>& addresses,
                             const std::vector<TopicMap>& maps = {},
                             AddressSpace::Options options = {}) {
    auto space = AddressSpace::make(addresses, maps, options);
    if (!space) {
        FAIL(space.error().text);
    }
    return std::move(*space);
}

/// A space with addresses of all types.
inline AddressSpace plant() {
    return space_of({{"telemetry", AddressType::multicast},
                     {"prices/#", AddressType::topic},
                     {"orders", AddressType::queue},
                     {"rpc/time", AddressType::anycast},
                     {"devices/+/state", AddressType::multicast},
                     {"a", AddressType::topic},
                     {"a/b", AddressType::topic},
                     {"jobs/#", AddressType::anycast},
                     {"ingest", AddressType::queue},
                     {"spread", AddressType::multicast}},
                    {{"t/+/#", "ingest"}, {"s/#", "spread"}});
}

/// "address | subject", or the words of the refusal.
inline std::string resolved(const AddressSpace& space, std::string_view topic) {
    std::string path;
    const auto to = space.resolve(topic, path);
    return to ? std::string{to->address} + " | " + std::string{to->subject}
              : std::string{mqtt::name_of(to.error().reason)};
}

/// The topic of a message; "" if there is none.
inline std::string topic_of(const AddressSpace& space,
                            std::string_view address,
                            std::string_view subject) {
    std::string topic;
    return space.append_topic_of(topic, address, subject) ? topic : "";
}

/// Topics with all that paths escape, the same ones each time.
class Topics {
public:
    explicit Topics(unsigned seed) : random_{seed} {}

    std::string next(std::string_view alphabet = "ab/%*.025AE /") {
        std::string topic;
        const std::size_t size = 1 + random_() % 8;
        while (topic.size() < size) {
            topic += alphabet[random_() % alphabet.size()];
        }
        return topic;
    }
    /// Of few short levels, with wildcards.
    std::string next_filter() {
        std::string filter;
        const std::size_t levels = 1 + random_() % 4;
        for (std::size_t i = 0; i < levels; ++i) {
            static constexpr std::string_view kLevels[] = {"a", "b", "+", "", "*"};
            const bool many = i + 1 == levels && random_() % 4 == 0;
            filter.append(i == 0 ? "" : "/").append(many ? "#" : kLevels[random_() % 5]);
        }
        return filter.empty() ? "+" : filter;
    }
    std::size_t number(std::size_t below) { return random_() % below; }

private:
    std::mt19937 random_;
};

/// By the text of the specification, level by level; '#' and '+' in front mean no '$'.
inline bool means(std::string_view filter, std::string_view topic, bool first = true) {
    const std::size_t filter_end = filter.find('/');
    const std::size_t topic_end = topic.find('/');
    const std::string_view wanted = filter.substr(0, filter_end);
    const std::string_view level = topic.substr(0, topic_end);
    const bool hidden = first && topic.starts_with('$');
    if (wanted == "#") {
        return !hidden;
    }
    if (wanted == "+" ? hidden : wanted != level) {
        return false;
    }
    if (filter_end == std::string_view::npos) {
        return topic_end == std::string_view::npos;
    }
    if (topic_end == std::string_view::npos) {
        return filter.substr(filter_end + 1) == "#";
    }
    return means(filter.substr(filter_end + 1), topic.substr(topic_end + 1), false);
}

}  // namespace weft::mqtt_mapping
