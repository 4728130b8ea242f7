#include "tools/weft/sim/json.hpp"

#include <algorithm>

namespace weft::tools {
namespace {

double seconds(Duration time) {
    return std::chrono::duration<double>(time).count();
}

class Writing {
public:
    explicit Writing(const sim::Topology& topology) : topology_{topology} {}

    Json ids(const std::vector<std::size_t>& routers) const {
        Json list = Json::array();
        for (const std::size_t router : routers) {
            list.push_back(topology_.routers[router].id);
        }
        return list;
    }

    Json single_points(const std::vector<sim::SinglePoint>& points) const {
        Json list = Json::array();
        for (const sim::SinglePoint& point : points) {
            list.push_back(
                {{point.part.is_link ? "link" : "router", part_text(topology_, point.part)},
                 {"cutsOff", ids(point.cut_off)}});
        }
        return list;
    }

    /// What every phase has.
    Json state(const sim::Phase& phase) const {
        Json state{{"agreedAfterSeconds", nullptr},
                   {"controlMessages", phase.messages},
                   {"controlBytes", phase.bytes},
                   {"islands", Json::array()},
                   {"withoutConsumer", Json::array()}};
        if (phase.agreed_after) {
            state["agreedAfterSeconds"] = seconds(*phase.agreed_after);
        } else {
            state["disagreement"] = phase.disagreement;
        }
        for (const sim::Island& island : phase.islands) {
            state["islands"].push_back(ids(island));
        }
        for (const sim::Unserved& each : phase.unserved) {
            state["withoutConsumer"].push_back(
                {{"address", each.address}, {"routers", ids(each.routers)}});
        }
        return state;
    }

    Json event(const sim::Phase& phase) const {
        Json event{{"atSeconds", seconds(phase.at)}, {"changes", Json::array()}};
        for (const sim::Change& change : phase.changes) {
            event["changes"].push_back(
                {{change.part.is_link ? "link" : "router", part_text(topology_, change.part)},
                 {"fails", change.fails}});
        }
        event.update(state(phase));
        event["interruptedPairs"] = phase.outages.size();
        event["interrupted"] = outages(phase.outages);
        event["moved"] = moved(phase.moved);
        return event;
    }

private:
    const std::string& id(std::size_t router) const { return topology_.routers[router].id; }

    Json outages(const std::vector<sim::Outage>& outages) const {
        Json list = Json::array();
        for (std::size_t i = 0; i < std::min(outages.size(), kSimOutagesMax); ++i) {
            const sim::Outage& outage = outages[i];
            list.push_back({{"from", id(outage.from)},
                            {"to", id(outage.to)},
                            {"seconds", seconds(outage.time)},
                            {"ended", outage.ended}});
        }
        return list;
    }

    Json moved(const sim::Moved& moved) const {
        Json json{{"nextHops", moved.next_hops},
                  {"costs", moved.costs},
                  {"routers", moved.routers},
                  {"worst", nullptr}};
        if (moved.cost_after > 0) {
            json["worst"] = {{"from", id(moved.from)},
                             {"to", id(moved.to)},
                             {"costBefore", moved.cost_before},
                             {"costAfter", moved.cost_after}};
        }
        return json;
    }

    const sim::Topology& topology_;
};

}  // namespace

Json sim_json(const sim::Topology& topology,
              const sim::Report& report,
              const sim::Verdict& verdict) {
    const Writing writing{topology};
    Json rest = writing.state(report.rest);
    rest["routers"] = topology.routers.size();
    rest["links"] = topology.links.size();
    rest["longestPath"] = {{"routers", writing.ids(report.longest.routers)},
                           {"cost", report.longest.cost}};
    rest["singlePointsOfFailure"] = writing.single_points(report.single_points);
    Json events = Json::array();
    for (const sim::Phase& phase : report.events) {
        events.push_back(writing.event(phase));
    }
    return {{"atRest", std::move(rest)},
            {"events", std::move(events)},
            {"whole", report.is_whole()},
            {"verdict", verdict.text},
            {"remedy", verdict.remedy}};
}

}  // namespace weft::tools
