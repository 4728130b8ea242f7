#include "tools/weft/bench/figures.hpp"

#include "tools/weft/tables/numbers.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <string_view>

namespace weft::tools {
namespace {

double micros_at(const BenchHistogram& times, double q) {
    return static_cast<double>(times.quantile(q)) / 1000;
}

}  // namespace

double per_second(std::uint64_t count, Duration time) {
    return time > Duration::zero() ? static_cast<double>(count) / in_seconds(time) : 0;
}

double micros_each(Duration time, std::uint64_t count) {
    return count == 0 ? 0
                      : std::chrono::duration<double, std::micro>(time).count() /
                            static_cast<double>(count);
}

double cores(Duration run_time, Duration time) {
    return time > Duration::zero() ? in_seconds(run_time) / in_seconds(time) : 0;
}

double in_seconds(Duration time) {
    return std::chrono::duration<double>(time).count();
}

std::string counted(std::uint64_t count) {
    return with_commas(static_cast<std::int64_t>(count));
}

std::string counted(std::uint64_t count, const std::string& what) {
    return counted(count) + " " + what + (count == 1 ? "" : "s");
}

std::string rate_text(double rate) {
    return with_commas(std::llround(rate)) + "/s";
}

std::string fixed(double value, int digits) {
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%.*f", digits, value);
    return text.data();
}

std::string time_text(double micros) {
    constexpr double kThousand = 1000;
    std::string_view unit = " µs";
    double value = micros;
    if (micros >= kThousand * kThousand) {
        value /= kThousand * kThousand;
        unit = " s";
    } else if (micros >= kThousand) {
        value /= kThousand;
        unit = " ms";
    }
    const int digits = value < 10 ? 2 : value < 100 ? 1 : 0;
    return fixed(value, digits) + std::string{unit};
}

std::string time_text(const BenchHistogram& times, double q) {
    return time_text(micros_at(times, q));
}

Json times_json(const BenchHistogram& times) {
    return {{"p50", micros_at(times, .5)},
            {"p90", micros_at(times, .9)},
            {"p99", micros_at(times, .99)},
            {"p999", micros_at(times, .999)},
            {"max", micros_at(times, 1)}};
}

Json processes_json(const std::vector<BenchUse>& processes,
                    Duration time,
                    std::uint64_t count,
                    const char* each) {
    Json all = Json::array();
    for (const BenchUse& use : processes) {
        all.push_back({{"pid", use.pid},
                       {each, micros_each(use.run_time, count)},
                       {"cores", cores(use.run_time, time)},
                       {"residentBytes", use.resident_bytes}});
    }
    return all;
}

}  // namespace weft::tools
