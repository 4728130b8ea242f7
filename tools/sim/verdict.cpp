#include "tools/sim/verdict.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace weft::sim {
namespace {

std::string counted(std::size_t count, const std::string& noun) {
    return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

/// How long a failure may last before it is noticed, if it is silent.
Duration silence_noticed(const Topology& topology) {
    return linkstate::silence_allowed(topology.options.fast_hello, topology.options.hello_max_age);
}

/// What is failed at the end, in the order in which it failed.
std::vector<Part> failed_parts(const Report& report) {
    std::vector<Part> failed;
    for (const Phase& phase : report.events) {
        for (const Change& change : phase.changes) {
            if (change.fails) {
                failed.push_back(change.part);
            } else {
                std::erase(failed, change.part);
            }
        }
    }
    return failed;
}

bool is_end(const Topology::Link& link, std::size_t router) {
    return link.from == router || link.to == router;
}

bool is_end_of_failed_link(const Topology& topology,
                           std::size_t router,
                           const std::vector<Part>& failed) {
    return std::ranges::any_of(failed, [&](const Part& part) {
        return part.is_link && is_end(topology.links[part.number], router);
    });
}

bool is_next_to_failed_router(const Topology& topology,
                              std::size_t router,
                              const std::vector<Part>& failed) {
    return std::ranges::any_of(topology.links, [&](const Topology::Link& link) {
        return is_end(link, router) && std::ranges::any_of(failed, [&](const Part& part) {
                   return !part.is_link && is_end(link, part.number);
               });
    });
}

std::size_t degree(const Topology& topology, std::size_t router) {
    return static_cast<std::size_t>(std::ranges::count_if(
        topology.links, [&](const Topology::Link& link) { return is_end(link, router); }));
}

/// Of an island that is cut off, where a further link should end: where one was lost.
std::size_t near_end(const Topology& topology,
                     const Island& island,
                     const std::vector<Part>& failed) {
    return *std::ranges::max_element(island, {}, [&](std::size_t router) {
        return std::pair(is_end_of_failed_link(topology, router, failed) ||
                             is_next_to_failed_router(topology, router, failed),
                         degree(topology, router));
    });
}

/// Of the rest of the mesh: not where the lost link ended, but close to it, with many links.
std::size_t far_end(const Topology& topology,
                    const Island& island,
                    const std::vector<Part>& failed) {
    return *std::ranges::max_element(island, {}, [&](std::size_t router) {
        return std::tuple(!is_end_of_failed_link(topology, router, failed),
                          is_next_to_failed_router(topology, router, failed),
                          degree(topology, router));
    });
}

/// "add a link between edge-3 and core-2", one for each island but the largest.
std::string links_to_add(const Topology& topology,
                         const std::vector<Island>& islands,
                         const std::vector<Part>& failed) {
    constexpr std::size_t kLinksShownMax = 3;
    std::string text;
    const std::size_t shown = std::min(islands.size(), kLinksShownMax + 1);
    for (std::size_t i = 1; i < shown; ++i) {
        text += i == 1 ? "add a link between " : ", and between ";
        text += topology.routers[near_end(topology, islands[i], failed)].id + " and " +
                topology.routers[far_end(topology, islands.front(), failed)].id;
    }
    return islands.size() > shown
               ? text + ", and to " + counted(islands.size() - shown, "further island")
               : text;
}

std::string parts_text(const Topology& topology, const std::vector<Part>& parts) {
    std::string text;
    for (std::size_t i = 0; i < std::min(parts.size(), kNamedMax); ++i) {
        text += (i == 0                  ? ""
                 : i + 1 == parts.size() ? " and "
                                         : ", ") +
                part_title(topology, parts[i]);
    }
    return parts.size() > kNamedMax
               ? text + " and " + std::to_string(parts.size() - kNamedMax) + " more"
               : text;
}

Verdict judge_cut(const Topology& topology, const Report& report) {
    const std::vector<Island>& islands = report.last().islands;
    const std::vector<Part> failed = failed_parts(report);
    const std::vector<std::size_t> lost = cut_off(islands);
    Verdict verdict{.remedy = links_to_add(topology, islands, failed)};
    const std::string who = names_text(topology, lost);
    for (const SinglePoint& point : report.single_points) {
        if (std::ranges::count(failed, point.part) > 0 && point.cut_off == lost) {
            verdict.text = "The mesh is cut: " + part_title(topology, point.part) +
                           " is a single point of failure for " + who;
            return verdict;
        }
    }
    verdict.text =
        (failed.empty() ? "The mesh is cut from the start: "
                        : "The mesh is cut: with " + parts_text(topology, failed) + " failed, ") +
        who + (lost.size() == 1 ? " reaches" : " reach") + " no longer the other " +
        counted(islands.front().size(), "router");
    return verdict;
}

Verdict judge_disagreement(const Topology& topology, const Report& report) {
    const Phase& last = report.last();
    Verdict verdict{.text = "The routers do not agree " + time_text(last.length) + " after " +
                            (last.changes.empty() ? "their start" : "the last event")};
    if (!last.disagreement.empty()) {
        verdict.text += ": " + last.disagreement;
    }
    const Duration age = silence_noticed(topology);
    verdict.remedy = last.length <= age
                         ? "give more time with --until: silence is noticed after " + time_text(age)
                         : "give more time with --until; a link that comes and goes is held back "
                           "for a while on purpose";
    return verdict;
}

/// The longest outage of all, and the event that it followed.
std::pair<const Phase*, const Outage*> worst_outage(const Report& report) {
    std::pair<const Phase*, const Outage*> worst{nullptr, nullptr};
    for (const Phase& phase : report.events) {
        if (!phase.outages.empty() &&
            (worst.second == nullptr || phase.outages.front().time > worst.second->time)) {
            worst = {&phase, &phase.outages.front()};
        }
    }
    return worst;
}

std::string remedy_of_whole(const Topology& topology, const Report& report, const Outage* worst) {
    const Duration age = topology.options.hello_max_age;
    const Duration fast_age = silence_noticed(topology);
    if (!report.last().unserved.empty()) {
        return "attach a consumer of " + report.last().unserved.front().address +
               " at a further router";
    }
    if (worst != nullptr && 2 * worst->time >= age) {
        return "silence is noticed after helloMaxAgeSeconds (" + time_text(age) +
               "): lower it, with helloIntervalSeconds, where that is too long";
    }
    if (worst != nullptr && 2 * worst->time >= fast_age) {
        return "silence is noticed after 4 times fastHelloSeconds (" + time_text(fast_age) +
               "): lower it where that is too long";
    }
    if (!report.single_points.empty()) {
        const SinglePoint& point = report.single_points.front();
        return "none needed for this; but see what is cut off with --fail " +
               part_text(topology, point.part);
    }
    return "none needed";
}

Verdict judge_whole(const Topology& topology, const Report& report) {
    const auto [phase, worst] = worst_outage(report);
    Verdict verdict{.text = "All " + counted(report.last().islands.front().size(), "router") +
                            " that run reach each other",
                    .remedy = remedy_of_whole(topology, report, worst)};
    if (worst != nullptr) {
        verdict.text += "; the longest interruption was " + time_text(worst->time) + " (" +
                        topology.routers[worst->from].id + " > " + topology.routers[worst->to].id +
                        ", at " + time_text(phase->at) + ")";
    } else if (!report.events.empty()) {
        verdict.text += ", without any interruption";
    }
    if (const auto& unserved = report.last().unserved; !unserved.empty()) {
        verdict.text +=
            "; but no consumer is left of " + unserved.front().address +
            (unserved.size() == 1 ? "" : " and " + std::to_string(unserved.size() - 1) + " more");
    }
    return verdict;
}

}  // namespace

std::string names_text(const Topology& topology, const std::vector<std::size_t>& routers) {
    std::string text;
    for (std::size_t i = 0; i < std::min(routers.size(), kNamedMax); ++i) {
        text += (i == 0 ? "" : ", ") + topology.routers[routers[i]].id;
    }
    return routers.size() > kNamedMax
               ? text + " and " + std::to_string(routers.size() - kNamedMax) + " more"
               : text;
}

Verdict judge(const Topology& topology, const Report& report) {
    const Phase& last = report.last();
    if (last.islands.empty()) {
        return {.text = "No router is left", .remedy = "restore one with --restore"};
    }
    if (last.islands.size() > 1) {
        return judge_cut(topology, report);
    }
    return last.agreed_after ? judge_whole(topology, report) : judge_disagreement(topology, report);
}

}  // namespace weft::sim
