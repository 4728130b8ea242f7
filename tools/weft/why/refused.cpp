#include "tools/weft/why/refused.hpp"

#include "tools/weft/tables/report.hpp"

#include <algorithm>
#include <array>
#include <ctime>

namespace weft::tools {
namespace {

bool is_of(const Entity& refusal, std::string_view client) {
    const std::string host = text_of(refusal, "host");
    const bool has_port = host.size() > client.size() && host.starts_with(client) &&
                          host.find(':', client.size()) == host.rfind(':');
    const bool in_brackets = host.starts_with("[" + std::string{client} + "]:");
    return client.empty() || text_of(refusal, "user") == client ||
           text_of(refusal, "client") == client || host == client || in_brackets ||
           (has_port && host[client.size()] == ':');
}

/// "2026-12-01 04:15:19", of the machine that asks.
std::string local_time(std::int64_t seconds) {
    const std::time_t time = seconds;
    std::tm parts{};
    localtime_r(&time, &parts);
    std::array<char, 32> text{};
    return {text.data(), std::strftime(text.data(), text.size(), "%F %T", &parts)};
}

}  // namespace

std::vector<Entity> refusals_of(std::vector<Entity> refusals, std::string_view client) {
    std::erase_if(refusals, [&](const Entity& each) { return !is_of(each, client); });
    std::ranges::stable_sort(refusals, std::ranges::greater{},
                             [](const Entity& each) { return number_of(each, "lastAt"); });
    return refusals;
}

std::string refusal_text(const Entity& refusal) {
    const std::int64_t times = number_of(refusal, "times");
    std::string text = local_time(number_of(refusal, "lastAt")) + "  " + text_of(refusal, "what");
    if (is_set(refusal, "subject")) {
        text += " " + text_of(refusal, "subject");
    }
    if (times > 1) {
        text += "  (" + std::to_string(times) + " times)";
    }
    std::string who;
    for (const char* part : {"user", "client", "host"}) {
        if (is_set(refusal, part)) {
            who += (who.empty() ? "" : ", ") + std::string{part} + " " + text_of(refusal, part);
        }
    }
    text += "\n    of " + who;
    text += "\n    " + text_of(refusal, "reason") + ".\n";
    if (is_set(refusal, "remedy")) {
        text += "    Remedy: " + text_of(refusal, "remedy") + ".\n";
    }
    return text;
}

}  // namespace weft::tools
