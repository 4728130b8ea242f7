#pragma once

#include "tools/weft/values/json.hpp"

#include <cstdint>
#include <string>

namespace weft::tools {

/// Messages that could not go back where they died, of all answers to a replay. Threading: not
/// shared (a value).
struct Left {
    std::uint64_t unknown = 0;  // they did not die
    std::uint64_t gone = 0;     // their queue is no more
    std::uint64_t full = 0;     // it takes no more
    std::string gone_queue{};   // the first of these
    std::string full_queue{};
};

/// Those of one more answer of a broker.
void add_left(Left& left, const Json& answer);
/// In the keys of such an answer.
Json left_json(const Left& left);
/// How many, and why; empty: there are none.
std::string left_words(const Left& left);

}  // namespace weft::tools
