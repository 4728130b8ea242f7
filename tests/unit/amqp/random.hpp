#pragma once

#include <cstdint>
#include <random>

namespace weft::amqp::test {

/// Numbers that are the same for the same seed on every platform.
class Random {
public:
    explicit Random(std::uint32_t seed) : engine_{seed} {}

    /// 0 … `bound` − 1.
    std::uint32_t below(std::uint32_t bound) {
        return static_cast<std::uint32_t>(engine_() % bound);
    }
    bool one_in(std::uint32_t bound) { return below(bound) == 0; }

private:
    std::mt19937 engine_;
};

}  // namespace weft::amqp::test
