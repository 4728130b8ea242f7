#include "router/edge/heartbeat.hpp"

#include "common/wire/message.hpp"

#include <algorithm>

namespace weft::edge {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

constexpr int kMissedMax = 5;
constexpr Duration kSilenceMin = std::chrono::seconds{2};

}  // namespace

Duration pace_for(std::size_t edges) {
    const auto fair = milliseconds{static_cast<std::int64_t>(edges * 1000 / kHeartbeatsPerSecond)};
    return std::clamp<Duration>(fair, kPaceMin, kPaceMax);
}

std::optional<Duration> pace_of(const wire::Map& properties) {
    const wire::Value* const said = wire::find(properties, kPaceProperty);
    const std::int64_t count = said == nullptr ? 0 : said->integer().value_or(0);
    const std::int64_t most = duration_cast<milliseconds>(kPaceMax).count();
    if (count <= 0 || count > most) {
        return std::nullopt;
    }
    return std::max<Duration>(milliseconds{count}, kPaceMin);
}

void say_pace(wire::Map& properties, Duration pace) {
    properties.emplace_back(wire::Symbol{std::string{kPaceProperty}},
                            static_cast<std::int32_t>(duration_cast<milliseconds>(pace).count()));
}

Duration answer_max(std::optional<Duration> pace) {
    return pace ? std::min(*pace * kMissedMax, kSilenceMax) : kSilenceMax;
}

Duration silence_max(std::optional<Duration> pace) {
    return std::max(answer_max(pace), kSilenceMin);
}

void write_heartbeat(Buffer& out, std::int32_t number) {
    wire::Message message;
    message.body = wire::Value{number};
    wire::encode_message(out, message);
}

}  // namespace weft::edge
