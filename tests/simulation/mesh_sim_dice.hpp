#pragma once

#include <cstddef>
#include <cstdint>
#include <random>

namespace weft::router {

/// What may happen in a simulation: nothing but traffic, clients that come and go, and wires that
/// break too.
enum class Mood : std::uint8_t { calm, restless, broken };

/// The chance of one seed: the same seed, the same run.
class Dice {
public:
    explicit Dice(std::uint64_t seed) : random_{seed}, mood_{static_cast<Mood>(seed % 3)} {}

    Mood mood() const { return mood_; }
    std::size_t below(std::size_t bound) { return random_() % bound; }
    bool chance(std::size_t percent) { return below(100) < percent; }

private:
    std::mt19937_64 random_;
    Mood mood_;
};

}  // namespace weft::router
