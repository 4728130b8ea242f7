#include "broker/forwarding/trail.hpp"

#include "common/base/printable.hpp"
#include "common/wire/sections.hpp"
#include "common/wire/value.hpp"

#include <algorithm>

namespace weft::forwarding {

std::string trail_name(std::string_view broker, std::string_view queue) {
    return std::string{broker} + "/" + std::string{queue};
}

Trail trail_of(Bytes message) {
    Trail trail;
    const wire::Facts facts = wire::scan(message, /*complete=*/true, wire::Until::bare_message);
    if (facts.status != wire::Facts::Status::complete || facts.message_annotations.empty()) {
        return trail;
    }
    Bytes section = facts.message_annotations.of(message);
    section = section.subspan(wire::section_start(section).size);
    const auto value = wire::decode(section);
    const auto* const map = value ? value->as<wire::Map>() : nullptr;
    const wire::Value* const found = map == nullptr ? nullptr : wire::find(*map, kTrail);
    const auto* const list = found == nullptr ? nullptr : found->as<wire::List>();
    for (const wire::Value& each : list == nullptr ? wire::List{} : *list) {
        if (const std::string* const text = each.text()) {
            trail.push_back(*text);
        }
    }
    return trail;
}

std::string why_no_further(const Trail& trail, std::string_view here) {
    if (std::ranges::find(trail, here) != trail.end()) {
        std::string way;
        for (const std::string& each : trail) {
            way += (way.empty() ? "" : " -> ") + printable(each);
        }
        return "it goes in a circle: " + way + " -> " + printable(here);
    }
    return trail.size() < kTrailMost
               ? ""
               : "it was forwarded " + std::to_string(trail.size()) + " times, as often as may be";
}

}  // namespace weft::forwarding
