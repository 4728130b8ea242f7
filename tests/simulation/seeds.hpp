#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>

namespace weft::test {

/// Runs `body(seed)` for 1 … `count`, or only for $WEFT_SEED if that is set.
template <class Body>
void for_seeds(std::uint32_t count, Body body) {
    if (const char* chosen = std::getenv("WEFT_SEED")) {
        body(static_cast<std::uint32_t>(std::strtoul(chosen, nullptr, 10)));
        return;
    }
    for (std::uint32_t seed = 1; seed <= count; ++seed) {
        body(seed);
    }
}

/// The command that runs one seed of a test case again.
inline std::string replay(std::uint32_t seed, const char* binary, const char* test_case) {
    return "replay: WEFT_SEED=" + std::to_string(seed) + " " + binary + " -tc='" + test_case + "'";
}

}  // namespace weft::test
