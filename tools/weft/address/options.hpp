#pragma once

#include "tools/weft/command_line.hpp"

#include <optional>
#include <string>
#include <vector>

namespace weft::tools {

/// What `weft address` was asked to do. An empty text was not given.
/// Threading: not shared (a value).
struct AddressArguments {
    std::string verb = "list";  // list, create, update or delete
    std::vector<std::string> addresses{};
    std::string kind{};
    std::string type{};
    std::string distribution{};
    std::string slow_consumer{};
    std::string scope{};
    std::string name{};
    std::vector<std::string> brokers{};
    std::optional<int> priority{};
    bool json = false;
};

CommandLine address_line();

/// Throws Failure on what is missing, and on flags that the verb does not take.
AddressArguments address_arguments(const CommandLine& line);

}  // namespace weft::tools
