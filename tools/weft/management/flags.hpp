#pragma once

#include "tools/weft/command_line.hpp"
#include "tools/weft/failure.hpp"
#include "tools/weft/management/client.hpp"

#include <string>

namespace weft::tools {

/// Declares -r and -d, by which `stat`, `manage` and `address` choose the router.
inline void add_router_flags(CommandLine& line) {
    const auto id = [] { return boost::program_options::value<std::string>()->value_name("ID"); };
    line.group("Router (default: the one connected to)")
        .add_options()                                                       //
        ("router,r", id(), "Ask this router, through the one connected to")  //
        ("edge-router,d", id(), "Ask this edge router, through the one connected to");
}

/// The management address that they name. Throws Failure if both are given.
inline std::string management_address(const CommandLine& line) {
    if (line.has("router") && line.has("edge-router")) {
        throw Failure("give either --router or --edge-router");
    }
    const auto id = [&line](const char* flag) {
        return line.has(flag) ? line.get<std::string>(flag) : std::string{};
    };
    return management_address(id("router"), id("edge-router"));
}

}  // namespace weft::tools
