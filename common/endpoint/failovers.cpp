#include "common/endpoint/failovers.hpp"

#include "common/wire/value.hpp"

namespace weft::endpoint {
namespace {

/// Bytes of a host and a port: no name that can be looked up is longer. Spec: RFC 1035 §2.3.4
constexpr std::size_t kHostMax = 255;
constexpr std::size_t kPortMax = 32;

/// A string's or symbol's text, a number in digits; empty if it is neither.
std::string text_of(const wire::Value* value) {
    if (value == nullptr) {
        return {};
    }
    if (const std::string* text = value->text()) {
        return *text;
    }
    const auto number = value->integer();
    return number ? std::to_string(*number) : std::string{};
}

}  // namespace

std::optional<std::vector<io::HostPort>> failovers_in(Bytes properties) {
    constexpr const char* kPortDefault = "5672";
    std::vector<io::HostPort> failovers;
    const auto decoded = wire::decode(properties);
    const auto* map = decoded ? decoded->as<wire::Map>() : nullptr;
    const wire::Value* value = map == nullptr ? nullptr : wire::find(*map, kFailovers);
    const auto* list = value == nullptr ? nullptr : value->as<wire::List>();
    if (list == nullptr) {
        return std::nullopt;
    }
    for (const wire::Value& each : *list) {
        const auto* entry = each.as<wire::Map>();
        const std::string host =
            entry == nullptr ? "" : text_of(wire::find(*entry, "network-host"));
        const std::string port = entry == nullptr ? "" : text_of(wire::find(*entry, "port"));
        if (!host.empty() && host.size() <= kHostMax && port.size() <= kPortMax) {
            failovers.push_back({host, port.empty() ? kPortDefault : port});
        }
    }
    return failovers;
}

}  // namespace weft::endpoint
