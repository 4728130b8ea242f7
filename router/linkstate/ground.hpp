#pragma once

#include "router/linkstate/database.hpp"
#include "router/linkstate/link_state_output.hpp"
#include "router/linkstate/options.hpp"
#include "router/linkstate/reports.hpp"

#include <utility>

namespace weft::linkstate {

/// What all parts of the machine stand on: what is configured, what is known of the routers, and
/// who is told what happens. The parts keep references to it.
///
/// Threading: loop-confined.
struct Ground {
    /// `to` must outlive it.
    Ground(LinkStateOptions given, LinkStateOutput& to)
        : options{std::move(given)},
          output{to},
          reports{to, counters},
          database{options.id, options.routers_max} {
        database.at(kThisRouter).instance = options.instance;
    }
    Ground(const Ground&) = delete;
    Ground& operator=(const Ground&) = delete;

    const LinkStateOptions options;
    LinkStateOutput& output;
    LinkStateCounters counters;
    Reports reports;
    Database database;
};

}  // namespace weft::linkstate
