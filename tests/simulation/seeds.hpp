#pragma once

#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

/// Which seeds a simulation runs with. They advance by day, so that a daily build sees new ones:
///
///   (nothing)          as many as the case says, the first of which is the day's
///   WEFT_SEED=<seed>   this one alone; what replay() prints
///   WEFT_SEEDS=<n>     n of the day's
///   WEFT_SEEDS=<n>x    n times as many of the day's as the case says
namespace weft::test {

/// The seeds of a day are those from its number times this.
inline constexpr std::uint32_t kSeedsADay = 10'000;

/// How many seeds a case runs.
struct Seeds {
    std::uint32_t count = 1;
    bool slow = false;  // each takes seconds: of WEFT_SEEDS only <n>x counts
};

/// The number that is all of `text`, from `min`; nothing if it is no such number.
inline std::optional<std::uint32_t> seed_number(std::string_view text, std::uint32_t min) {
    std::uint32_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    return error == std::errc{} && stop == end && number >= min ? std::optional(number)
                                                                : std::nullopt;
}

/// How many seeds `seeds` are when WEFT_SEEDS is `chosen`. Throws if `chosen` is no such number.
inline std::uint32_t seed_count(Seeds seeds, std::string_view chosen) {
    const bool factor = chosen.ends_with('x');
    const auto number = seed_number(chosen.substr(0, chosen.size() - (factor ? 1 : 0)), 1);
    if (!number || *number > kSeedsADay) {
        throw std::invalid_argument("WEFT_SEEDS=" + std::string{chosen} +
                                    ": give a number from 1 to 10000, or 10x for ten times as "
                                    "many as usual");
    }
    if (factor) {
        return *number * seeds.count;
    }
    return seeds.slow ? seeds.count : *number;
}

/// The first seed of the day `now` is in. Days are UTC's.
inline std::uint32_t first_seed(std::chrono::system_clock::time_point now) {
    const auto day = std::chrono::floor<std::chrono::days>(now).time_since_epoch().count();
    return static_cast<std::uint32_t>(day) * kSeedsADay;
}

/// Runs `body(seed)` for the seeds that the environment asks for, and prints which they are.
template <class Body>
void for_seeds(Seeds seeds, Body body) {
    if (const char* chosen = std::getenv("WEFT_SEED")) {
        const auto seed = seed_number(chosen, 0);
        if (!seed) {
            throw std::invalid_argument(std::string{"WEFT_SEED="} + chosen +
                                        ": give the number that a failing run printed");
        }
        body(*seed);
        return;
    }
    const char* const chosen = std::getenv("WEFT_SEEDS");
    const std::uint32_t count = chosen == nullptr ? seeds.count : seed_count(seeds, chosen);
    const std::uint32_t first = first_seed(std::chrono::system_clock::now());
    std::printf("seeds %u … %u\n", first, first + count - 1);
    for (std::uint32_t seed = first; seed - first < count; ++seed) {
        body(seed);
    }
}

/// The command that runs one seed of a test case again.
inline std::string replay(std::uint32_t seed, const char* binary, const char* test_case) {
    return "replay: WEFT_SEED=" + std::to_string(seed) + " build/dev/bin/" + binary + " -tc='" +
           test_case + "'";
}

}  // namespace weft::test
