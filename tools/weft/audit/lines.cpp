#include "tools/weft/audit/lines.hpp"

#include "tools/weft/tables/report.hpp"

#include <algorithm>
#include <array>
#include <ctime>

namespace weft::tools {
namespace {

/// "2026-12-01 04:15:19", of the machine that asks.
std::string audit_time(std::int64_t seconds) {
    const std::time_t time = seconds;
    std::tm parts{};
    localtime_r(&time, &parts);
    std::array<char, 32> text{};
    return {text.data(), std::strftime(text.data(), text.size(), "%F %T", &parts)};
}

std::string as_json(const Entity& event, const char* name) {
    return event.contains(name) && !event[name].is_null() ? json_text(event[name], -1) : "";
}

}  // namespace

std::int64_t audit_number(const Entity& event) {
    const std::string identity = text_of(event, "identity");
    const bool digits = !identity.empty() && identity.size() < 19 &&
                        identity.find_first_not_of("0123456789") == std::string::npos;
    return digits ? std::stoll(identity) : 0;
}

std::vector<Entity> audit_of(std::vector<Entity> events,
                             const AuditFilter& filter,
                             std::int64_t after,
                             std::size_t most) {
    std::erase_if(events, [&](const Entity& each) {
        return audit_number(each) <= after ||
               (!filter.user.empty() && text_of(each, "user") != filter.user) ||
               (!filter.action.empty() && text_of(each, "action") != filter.action) ||
               (filter.refused && text_of(each, "outcome") != "refused");
    });
    std::ranges::stable_sort(events, {}, audit_number);
    if (events.size() > most) {
        events.erase(events.begin(), events.end() - static_cast<std::ptrdiff_t>(most));
    }
    return events;
}

std::string audit_text(const Entity& event) {
    std::string text = audit_time(number_of(event, "at")) + "  " + text_of(event, "action");
    if (is_set(event, "subject")) {
        text += " " + text_of(event, "subject");
    }
    text += text_of(event, "outcome") == "refused" ? "  REFUSED" : "";
    std::string who;
    for (const char* part : {"user", "connection", "host", "via"}) {
        if (is_set(event, part)) {
            who += (who.empty() ? "" : ", ") + std::string{part} + " " + text_of(event, part);
        }
    }
    text += who.empty() ? "" : "  by " + who;
    const std::string before = as_json(event, "before");
    const std::string after = as_json(event, "after");
    const std::string arguments = as_json(event, "arguments");
    text += arguments.empty() ? "" : "  with " + arguments;
    text += before.empty() ? "" : "  " + before;
    text += before.empty() && after.empty() ? "" : " -> " + (after.empty() ? "nothing" : after);
    if (is_set(event, "reason")) {
        text += "  (" + text_of(event, "reason") + ")";
    }
    return text;
}

}  // namespace weft::tools
