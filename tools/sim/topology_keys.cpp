#include "tools/sim/topology.hpp"

#include <array>

namespace weft::sim {
namespace {

using config::Key;
using config::Section;
using config::Type;

constexpr std::int64_t kDelayMax = 60'000;  // ms

constexpr Key interval(std::string_view name, std::string_view standard, std::string_view meaning) {
    return {.name = name,
            .type = Type::seconds,
            .default_value = standard,
            .meaning = meaning,
            .max = 3600};
}

// As in a router's configuration.
constexpr std::array kIntervalKeys{
    interval("helloIntervalSeconds", "1", "Between greetings to neighbours; at least 0.01."),
    interval(
        "fastHelloSeconds",
        "0.2",
        "The same between Weft routers, which are taken for gone after four times that without "
        "a sign of life; from 0.01 to `helloIntervalSeconds`, and 0: as often as to all "
        "others."),
    interval("helloMaxAgeSeconds",
             "3",
             "A neighbour that was silent for so long is gone. More than `helloIntervalSeconds`."),
    interval("raIntervalSeconds",
             "30",
             "Between announcements to the mesh when nothing changes; at least 0.01."),
    interval("raIntervalFluxSeconds",
             "4",
             "Between announcements to the mesh while it changes; at least 0.01."),
    interval("remoteLsMaxAgeSeconds",
             "60",
             "What a router said of its neighbours is forgotten when it has announced nothing for "
             "so long. More than `raIntervalSeconds` and `raIntervalFluxSeconds`."),
};

constexpr std::array kRouterKeys{
    Key{.name = "id", .meaning = "As in its configuration.", .required = true},
    Key{.name = "addresses",
        .type = Type::texts,
        .meaning = "Addresses of which it has consumers."},
};

constexpr std::array kLinkKeys{
    Key{.name = "from", .meaning = "The id of a router.", .required = true},
    Key{.name = "to", .meaning = "The id of another router.", .required = true},
    Key{.name = "cost",
        .type = Type::integer,
        .default_value = "1",
        .meaning = "Both ways.",
        .min = 1},
    Key{.name = "delayMs",
        .type = Type::integer,
        .default_value = "1",
        .unit = "ms",
        .meaning = "That a message takes, one way.",
        .max = kDelayMax},
    Key{.name = "jitterMs",
        .type = Type::integer,
        .default_value = "0",
        .unit = "ms",
        .meaning = "That it takes longer at most, at random.",
        .max = kDelayMax},
};

}  // namespace

const config::KeyTable& topology_table() {
    static constexpr std::array kSections{
        Section{.name = "intervals",
                .entity = "intervals",
                .meaning = "Of all routers, by the names of a router's configuration.",
                .singleton = true,
                .keys = kIntervalKeys},
        Section{.name = "routers",
                .entity = "router",
                .meaning = "The routers of the mesh.",
                .keys = kRouterKeys},
        Section{.name = "links",
                .entity = "link",
                .meaning = "Connections between them, one for each pair at most.",
                .keys = kLinkKeys}};
    static constexpr config::KeyTable kTable{"weft sim", kSections};
    return kTable;
}

}  // namespace weft::sim
