#pragma once

#include "router/config/load.hpp"
#include "tests/unit/config/lines.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weft::router_config::test {

using config::test::Lines;

struct Loaded {
    std::optional<RouterConfig> config;
    Lines lines;  // of the faults
};

/// Loads `text` as the content of the file "r" on a host "h" with four processors.
inline Loaded load(const std::string& text,
                   const std::vector<std::string>& settings = {},
                   unsigned processors = 4) {
    config::Faults faults;
    const config::FileReader reader =
        [&text](const std::string& path) -> tl::expected<std::string, std::string> {
        if (path != "r") {
            return tl::unexpected<std::string>("does not exist");
        }
        return text;
    };
    auto config = load_router_config("r", settings, {"h", processors}, reader, faults);
    return {std::move(config), faults.lines()};
}

}  // namespace weft::router_config::test
