#include "router/config/intervals.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>

namespace weft::router_config {
namespace {

/// Of what is sent to other routers again and again; less would be a flood.
constexpr Duration kIntervalMin = std::chrono::milliseconds{10};

void check_longer(const config::Entity& entity,
                  std::string_view age,
                  std::string_view interval,
                  config::Faults& faults) {
    if (entity.duration(age) <= entity.duration(interval)) {
        key_error(entity, age, "must be more than " + std::string{interval}, faults);
    }
}

/// Silence must last longer than what is sent regularly takes to come.
void check_intervals(const config::Entity& entity, config::Faults& faults) {
    for (const std::string_view key :
         {"helloIntervalSeconds", "raIntervalSeconds", "raIntervalFluxSeconds"}) {
        if (entity.duration(key) < kIntervalMin) {
            key_error(entity, key, "must be at least 0.01", faults);
        }
    }
    check_longer(entity, "helloMaxAgeSeconds", "helloIntervalSeconds", faults);
    check_longer(entity, "remoteLsMaxAgeSeconds", "raIntervalSeconds", faults);
    check_longer(entity, "remoteLsMaxAgeSeconds", "raIntervalFluxSeconds", faults);
}

/// The default gives way to a shorter helloIntervalSeconds.
Duration fast_hello_of(const config::Entity& entity, config::Faults& faults) {
    const Duration fast = entity.duration("fastHelloSeconds");
    const Duration usual = entity.duration("helloIntervalSeconds");
    if (entity.given("fastHelloSeconds") == nullptr) {
        return std::min(fast, usual);
    }
    if (fast > usual || (fast < kIntervalMin && fast != Duration::zero())) {
        key_error(entity, "fastHelloSeconds",
                  "must be 0, or at least 0.01 and at most helloIntervalSeconds", faults);
    }
    return fast;
}

}  // namespace

Intervals read_intervals(const config::Entity& entity, config::Faults& faults) {
    check_intervals(entity, faults);
    return {.hello = entity.duration("helloIntervalSeconds"),
            .fast_hello = fast_hello_of(entity, faults),
            .hello_max_age = entity.duration("helloMaxAgeSeconds"),
            .ra = entity.duration("raIntervalSeconds"),
            .ra_flux = entity.duration("raIntervalFluxSeconds"),
            .remote_ls_max_age = entity.duration("remoteLsMaxAgeSeconds")};
}

}  // namespace weft::router_config
