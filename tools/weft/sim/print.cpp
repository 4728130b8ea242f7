#include "tools/weft/sim/print.hpp"

#include "tools/weft/tables/numbers.hpp"

#include <algorithm>
#include <functional>
#include <string>

namespace weft::tools {
namespace {

using sim::names_text;
using sim::time_text;

std::string counted(std::size_t count, const std::string& noun) {
    return with_commas(static_cast<std::int64_t>(count)) + " " + noun + (count == 1 ? "" : "s");
}

void print_line(const char* head, const std::string& text, std::ostream& out) {
    std::string name{head};
    name.resize(14, ' ');
    out << "  " << name << text << '\n';
}

/// The first rows of a list, with `head` before the first, and the count of those left out.
template <class Row>
void print_rows(const char* head,
                const std::vector<Row>& rows,
                const std::function<std::string(const Row&)>& text_of,
                std::ostream& out) {
    const std::size_t shown = std::min(rows.size(), kSimRowsMax);
    for (std::size_t i = 0; i < shown; ++i) {
        print_line(i == 0 ? head : "", text_of(rows[i]), out);
    }
    if (rows.size() > shown) {
        print_line("", "… and " + std::to_string(rows.size() - shown) + " more (--json)", out);
    }
}

class Printing {
public:
    Printing(const sim::Topology& topology, const sim::Report& report, std::ostream& out)
        : topology_{topology}, report_{report}, out_{out} {}

    void print_rest() {
        out_ << "At rest\n";
        print_line("mesh",
                   counted(topology_.routers.size(), "router") + ", " +
                       counted(topology_.links.size(), "link"),
                   out_);
        print_agreement(report_.rest);
        if (const auto& way = report_.longest.routers; !way.empty()) {
            std::string text = "cost " + std::to_string(report_.longest.cost) + ", " +
                               counted(way.size() - 1, "hop") + ": ";
            for (std::size_t i = 0; i < way.size(); ++i) {
                text += (i == 0 ? "" : " > ") + id(way[i]);
            }
            print_line("longest path", text, out_);
        }
        print_islands(report_.rest);
        print_unserved(report_.rest);
        print_rows<sim::SinglePoint>(
            "single points", report_.single_points,
            [this](const sim::SinglePoint& point) {
                return part_title(topology_, point.part) + ", for " +
                       names_text(topology_, point.cut_off);
            },
            out_);
    }

    void print_event(const sim::Phase& phase) {
        out_ << "\nAt " << time_text(phase.at) << ' ';
        for (std::size_t i = 0; i < phase.changes.size(); ++i) {
            const sim::Change& change = phase.changes[i];
            out_ << (i == 0 ? "" : ", ") << part_title(topology_, change.part)
                 << (change.fails ? " fails" : " is restored");
        }
        out_ << '\n';
        print_agreement(phase);
        print_outages(phase);
        print_moved(phase.moved);
        print_islands(phase);
        print_unserved(phase);
    }

private:
    const std::string& id(std::size_t router) const { return topology_.routers[router].id; }

    void print_agreement(const sim::Phase& phase) {
        const std::string cost = " (" + counted(phase.messages, "control message") + ", " +
                                 byte_size(static_cast<std::int64_t>(phase.bytes)) + ")";
        const std::string after = !phase.agreed_after ? "not within " + time_text(phase.length)
                                  : *phase.agreed_after == Duration::zero()
                                      ? "at once"
                                      : "after " + time_text(*phase.agreed_after);
        print_line("all agree", after + cost, out_);
    }

    void print_outages(const sim::Phase& phase) {
        if (phase.outages.empty()) {
            print_line("interrupted", "no pair of routers", out_);
            return;
        }
        print_line(
            "interrupted",
            counted(phase.outages.size(), "pair") + " had no path while there was a way:", out_);
        print_rows<sim::Outage>(
            "", phase.outages,
            [this](const sim::Outage& outage) {
                return id(outage.from) + " > " + id(outage.to) + " for " + time_text(outage.time) +
                       (outage.ended ? "" : ", and still");
            },
            out_);
    }

    void print_moved(const sim::Moved& moved) {
        if (moved.next_hops + moved.costs == 0) {
            print_line("moved", "no path", out_);
            return;
        }
        std::string text = counted(moved.next_hops, "path") + " by another next hop, " +
                           std::to_string(moved.costs) + " at another cost, at " +
                           counted(moved.routers, "router");
        if (moved.cost_after > 0) {
            text += "; worst " + id(moved.from) + " > " + id(moved.to) + ": cost " +
                    std::to_string(moved.cost_after) + ", was " + std::to_string(moved.cost_before);
        }
        print_line("moved", text, out_);
    }

    void print_islands(const sim::Phase& phase) {
        if (phase.islands.size() <= 1) {
            return;
        }
        print_rows<sim::Island>(
            "parted into", phase.islands,
            [this](const sim::Island& island) {
                return counted(island.size(), "router") + ": " + names_text(topology_, island);
            },
            out_);
    }

    void print_unserved(const sim::Phase& phase) {
        print_rows<sim::Unserved>(
            "no consumer", phase.unserved,
            [this](const sim::Unserved& each) {
                return "of " + each.address + " for " + counted(each.routers.size(), "router") +
                       ": " + names_text(topology_, each.routers);
            },
            out_);
    }

    const sim::Topology& topology_;
    const sim::Report& report_;
    std::ostream& out_;
};

}  // namespace

void print_sim(const sim::Topology& topology,
               const sim::Report& report,
               const sim::Verdict& verdict,
               std::ostream& out) {
    Printing printing{topology, report, out};
    printing.print_rest();
    for (const sim::Phase& phase : report.events) {
        printing.print_event(phase);
    }
    out << "\nVerdict: " << verdict.text << ".\nRemedy:  " << verdict.remedy << ".\n";
}

}  // namespace weft::tools
