#pragma once

#include "tools/weft/command_line.hpp"
#include "tools/weft/failure.hpp"
#include "tools/weft/management/client.hpp"

#include <string>

namespace weft::tools {

/// Declares -r and -d, by which commands choose the router, and --broker.
inline void add_router_flags(CommandLine& line) {
    const auto id = [] { return boost::program_options::value<std::string>()->value_name("ID"); };
    line.group("Router or broker (default: the one connected to)")
        .add_options()                                                                 //
        ("router,r", id(), "Ask this router, through the one connected to")            //
        ("edge-router,d", id(), "Ask this edge router, through the one connected to")  //
        ("broker", id(), "Ask this broker, through the router connected to");
}

/// The management address that they name. Throws Failure if both are given.
inline std::string management_address(const CommandLine& line) {
    if (line.has("router") && line.has("edge-router")) {
        throw Failure("give either --router or --edge-router");
    }
    if (line.has("broker") && (line.has("router") || line.has("edge-router"))) {
        throw Failure(
            "give either --broker or a router: routers lead to brokers wherever they are");
    }
    const auto id = [&line](const char* flag) {
        return line.has(flag) ? line.get<std::string>(flag) : std::string{};
    };
    return line.has("broker") ? broker_address(id("broker"))
                              : management_address(id("router"), id("edge-router"));
}

}  // namespace weft::tools
