#include "tools/sim/scenario.hpp"

#include "common/config/fault.hpp"

#include <algorithm>
#include <map>

namespace weft::sim {
namespace {

using config::quote;

tl::expected<std::size_t, std::string> parse_router(const Topology& topology, std::string_view id) {
    if (const auto router = topology.find_router(id)) {
        return *router;
    }
    return tl::unexpected("there is no router " + quote(id) + topology.nearest_id(id));
}

/// "; links of core-1 lead to edge-1, edge-2", at most some of them.
std::string links_of(const Topology& topology, std::size_t router) {
    constexpr std::size_t kNamedMax = 10;
    std::string text;
    std::size_t count = 0;
    for (const Topology::Link& link : topology.links) {
        if (link.from == router || link.to == router) {
            const std::string& peer =
                topology.routers[link.from == router ? link.to : link.from].id;
            if (++count <= kNamedMax) {
                text += (count == 1 ? " " : ", ") + peer;
            }
        }
    }
    return "; links of " + topology.routers[router].id + " lead to" +
           (count == 0 ? " nobody" : text) + (count > kNamedMax ? ", …" : "");
}

}  // namespace

tl::expected<Part, std::string> parse_part(const Topology& topology, std::string_view text) {
    const std::size_t slash = text.find('/');
    const auto first = parse_router(topology, text.substr(0, slash));
    if (!first) {
        return tl::unexpected(first.error());
    }
    if (slash == std::string_view::npos) {
        return Part{.is_link = false, .number = *first};
    }
    const auto second = parse_router(topology, text.substr(slash + 1));
    if (!second) {
        return tl::unexpected(second.error());
    }
    const auto link = topology.find_link(*first, *second);
    if (!link) {
        return tl::unexpected("there is no link " + quote(text) + links_of(topology, *first));
    }
    return Part{.is_link = true, .number = *link};
}

std::string part_text(const Topology& topology, Part part) {
    if (!part.is_link) {
        return topology.routers[part.number].id;
    }
    const Topology::Link& link = topology.links[part.number];
    return topology.routers[link.from].id + "/" + topology.routers[link.to].id;
}

std::string part_title(const Topology& topology, Part part) {
    return (part.is_link ? "link " : "router ") + part_text(topology, part);
}

tl::expected<void, std::string> put_in_order(const Topology& topology,
                                             std::vector<Change>& changes) {
    if (changes.size() > kChangesMax) {
        return tl::unexpected("at most " + std::to_string(kChangesMax) + " changes, not " +
                              std::to_string(changes.size()));
    }
    std::ranges::stable_sort(changes, {}, &Change::at);
    std::map<Part, Duration> failed;
    for (const Change& change : changes) {
        const auto before = failed.find(change.part);
        if (change.fails && before == failed.end()) {
            failed.emplace(change.part, change.at);
            continue;
        }
        if (!change.fails && before != failed.end()) {
            failed.erase(before);
            continue;
        }
        const std::string name = part_title(topology, change.part);
        return tl::unexpected(
            change.fails ? name + " fails at " + time_text(before->second) + " and again at " +
                               time_text(change.at) + "; restore it between"
                         : name + " is restored at " + time_text(change.at) +
                               ", but did not fail before; give --fail with an earlier time");
    }
    return {};
}

}  // namespace weft::sim
