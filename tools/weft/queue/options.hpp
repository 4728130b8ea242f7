#pragma once

#include "tools/weft/command_line.hpp"
#include "tools/weft/management/client.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace weft::tools {

/// What `weft queue` was asked for. Threading: not shared (a value).
struct QueueArguments {
    std::string verb;   // "peek", "purge", "move", "replay", "create", "update", "delete"
    std::string queue;  // its name
    std::string to{};   // of move
    std::optional<std::uint64_t> count{};
    std::uint64_t from = 1;          // of peek: the first number
    std::string ids{};               // "5,7,9-12"; empty: any
    Json settings = Json::object();  // of create and update
    bool force = false;
    bool yes = false;
    bool json = false;
};

/// Declares the flags of `weft queue`.
CommandLine queue_line();
/// Reads the words and flags. Throws Failure on what does not fit together.
QueueArguments queue_arguments(const CommandLine& line);

/// A request for the next piece: of peek and replay from number `from` on; `count` messages, 0: as
/// many as one request takes.
Request queue_request(const QueueArguments& arguments, std::uint64_t from, std::uint64_t count);

/// Of an answer's message: the bytes that JSON shows as text or {"hex": "…"}. Throws Failure on
/// what is neither.
std::string bytes_of(const Json& shown);

}  // namespace weft::tools
