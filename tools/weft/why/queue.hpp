#pragma once

#include "tools/weft/tables/report.hpp"
#include "tools/weft/why/verdict.hpp"

#include <cstdint>
#include <string>
#include <vector>

/// What is to be said of a queue of a broker: entities of the type "queue", with "broker".
/// Threading: any thread (pure functions).
namespace weft::tools {

/// What it holds, who has it, its limits, and what became of messages: a line each. `oldest`: of
/// PEEK; null: there is none. `now`: milliseconds since 1970.
std::vector<std::string> queue_lines(const Entity& queue, const Entity& oldest, std::int64_t now);

/// Whether what is sent to it is taken, and what is taken goes on; if not, why.
Verdict judge_queue(const Entity& queue);

}  // namespace weft::tools
