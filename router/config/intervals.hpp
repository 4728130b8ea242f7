#pragma once

#include "common/base/time.hpp"
#include "common/config/entity.hpp"

namespace weft::router_config {

/// How often routers tell each other things, and how long silence may last.
struct Intervals {
    Duration hello{};
    Duration fast_hello{};  // 0: none
    Duration hello_max_age{};
    Duration ra{};
    Duration ra_flux{};
    Duration remote_ls_max_age{};
};

/// Of an entity that has the keys "helloIntervalSeconds" and so on. Reports those that are too
/// short, and silence that is shorter than what is sent regularly takes to come.
/// Threading: not shared (a function).
Intervals read_intervals(const config::Entity& entity, config::Faults& faults);

}  // namespace weft::router_config
