#include "tools/sim/topology.hpp"

#include "common/base/text.hpp"
#include "common/config/document.hpp"
#include "common/config/json_document.hpp"
#include "common/json/tree.hpp"
#include "router/config/intervals.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace weft::sim {
namespace {

using config::Entity;
using config::quote;

constexpr std::size_t kIdBytesMax = 127;

/// Nothing that a router of a mesh would refuse.
bool is_id(const std::string& id) {
    const bool bare = std::ranges::none_of(id, [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte <= 0x20 || byte == 0x7f || c == '/';
    });
    return bare && !id.empty() && id.size() <= kIdBytesMax && id != "all";
}

class Reading {
public:
    Reading(const config::Document& document, config::Faults& faults)
        : document_{document}, faults_{faults} {}

    Topology read() {
        read_intervals(document_.singleton("intervals"));
        const auto routers = document_.all("routers");
        const auto links = document_.all("links");
        if (is_too_many(routers, kRoutersMax) || is_too_many(links, kLinksMax)) {
            return {};
        }
        for (const Entity* router : routers) {
            read_router(*router);
        }
        for (const Entity* link : links) {
            read_link(*link);
        }
        return std::move(topology_);
    }

private:
    bool is_too_many(const std::vector<const Entity*>& entities, std::size_t limit) {
        if (entities.size() <= limit) {
            return false;
        }
        const Entity& first = *entities[limit];
        faults_.error(first.place(), first.pointer(),
                      "one too many: at most " + std::to_string(limit) + " are simulated");
        return true;
    }

    void read_intervals(const Entity& entity) {
        const router_config::Intervals intervals = router_config::read_intervals(entity, faults_);
        linkstate::LinkStateOptions& options = topology_.options;
        options.hello_interval = intervals.hello;
        options.fast_hello = intervals.fast_hello;
        options.hello_max_age = intervals.hello_max_age;
        options.ra_interval = intervals.ra;
        options.ra_interval_flux = intervals.ra_flux;
        options.remote_ls_max_age = intervals.remote_ls_max_age;
    }

    void read_router(const Entity& entity) {
        std::string id = entity.text("id");
        if (!is_id(id)) {
            if (entity.given("id") != nullptr) {
                key_error(entity, "id",
                          "must have 1 to 127 bytes, no space, control character or \"/\", and not "
                          "be \"all\"; not " +
                              quote(id),
                          faults_);
            }
            return;
        }
        const auto [known, is_new] = routers_.emplace(id, entity.pointer());
        if (!is_new) {
            key_error(entity, "id",
                      quote(id) + " is the id of " + known->second + " already; ids are unique",
                      faults_);
            return;
        }
        topology_.routers.push_back({.id = std::move(id), .addresses = addresses_of(entity)});
    }

    std::vector<std::string> addresses_of(const Entity& entity) {
        std::set<std::string> addresses;
        const config::Node* const given = entity.given("addresses");
        for (const config::Node& each : given == nullptr ? config::List{} : *given->list()) {
            const std::string pointer = json::join_pointer(
                json::join_pointer(entity.pointer(), "addresses"), std::to_string(each.index));
            if (each.text()->empty() || each.text()->size() > kAddressBytesMax) {
                faults_.error(each.place, pointer, "must have 1 to 1024 bytes");
            } else if (!addresses.insert(*each.text()).second) {
                faults_.error(each.place, pointer,
                              quote(*each.text()) + " stands here twice; remove one");
            } else if (++address_count_ == kAddressesMax + 1) {
                faults_.error(each.place, pointer,
                              "one too many: at most " + std::to_string(kAddressesMax) +
                                  " of all routers together are simulated");
            }
        }
        return {addresses.begin(), addresses.end()};
    }

    void read_link(const Entity& entity) {
        const auto from = end_of(entity, "from");
        const auto to = end_of(entity, "to");
        if (!from || !to) {
            return;
        }
        if (*from == *to) {
            key_error(entity, "to", "must be another router than \"from\"", faults_);
            return;
        }
        const auto [known, is_new] = links_.emplace(std::minmax(*from, *to), entity.pointer());
        if (!is_new) {
            faults_.error(entity.place(), entity.pointer(),
                          "links the same routers as " + known->second +
                              "; give one link for each pair, the cheapest");
            return;
        }
        topology_.links.push_back(
            {.from = *from,
             .to = *to,
             .cost = static_cast<std::uint32_t>(entity.integer("cost")),
             .delay = std::chrono::milliseconds(entity.integer("delayMs")),
             .jitter = std::chrono::milliseconds(entity.integer("jitterMs"))});
    }

    std::optional<std::size_t> end_of(const Entity& entity, std::string_view key) {
        const std::string id = entity.text(key);
        const auto router = topology_.find_router(id);
        if (!router && entity.given(key) != nullptr) {
            key_error(entity, key, quote(id) + " is none of /routers" + topology_.nearest_id(id),
                      faults_);
        }
        return router;
    }

    const config::Document& document_;
    config::Faults& faults_;
    Topology topology_;
    std::map<std::string, std::string, std::less<>> routers_;  // id → pointer
    std::map<std::pair<std::size_t, std::size_t>, std::string> links_;
    std::size_t address_count_ = 0;
};

}  // namespace

std::optional<std::size_t> Topology::find_router(std::string_view id) const {
    const auto found = std::ranges::find(routers, id, &Router::id);
    return found == routers.end()
               ? std::nullopt
               : std::optional(static_cast<std::size_t>(found - routers.begin()));
}

std::optional<std::size_t> Topology::find_link(std::size_t a, std::size_t b) const {
    const auto found = std::ranges::find_if(links, [&](const Link& link) {
        return std::minmax(link.from, link.to) == std::minmax(a, b);
    });
    return found == links.end() ? std::nullopt
                                : std::optional(static_cast<std::size_t>(found - links.begin()));
}

std::string Topology::nearest_id(std::string_view id) const {
    std::vector<std::string_view> ids(routers.size());
    std::ranges::transform(routers, ids.begin(), &Router::id);
    const std::string_view near = nearest(id, ids);
    return near.empty() ? "" : "; did you mean " + quote(near) + "?";
}

std::optional<Topology> read_topology(const std::string& path,
                                      const config::FileReader& reader,
                                      config::Faults& faults) {
    const auto text = reader(path);
    if (!text) {
        faults.error({faults.add_file(path), 0}, "", text.error());
        return std::nullopt;
    }
    const config::Node root = config::load_json(path, *text, reader, faults);
    const config::Document document =
        config::read_document(topology_table(), root, config::Dialect::json, reader, faults);
    Topology topology = Reading{document, faults}.read();
    if (!faults.failed() && topology.routers.empty()) {
        faults.error(root.place, "/routers", "needs at least one router: [{ \"id\": \"a\" }]");
    }
    return faults.failed() ? std::nullopt : std::optional{std::move(topology)};
}

}  // namespace weft::sim
