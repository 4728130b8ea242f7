#include "tools/weft/address/report.hpp"

#include "tools/weft/address/entry.hpp"

#include <algorithm>
#include <utility>

namespace weft::tools {
namespace {

bool drops(const Entity& entry) {
    return text_of(entry, "slowConsumer") == "drop";
}

/// Empty if messages keep their own: null, or -1 as routers show it.
std::string priority(const Entity& entry) {
    const std::string text = text_of(entry, "priority");
    return text == "-1" ? std::string{} : text;
}

std::vector<Column> columns_for(const std::vector<Entity>& entries) {
    const auto any = [&entries](const auto& holds) { return std::ranges::any_of(entries, holds); };
    const auto any_set = [&any](const char* attribute) {
        return any([attribute](const Entity& entry) { return is_set(entry, attribute); });
    };
    std::vector<Column> columns{{"address", rule_of}};
    if (any([](const Entity& entry) { return kind_of(entry) != "address"; })) {
        columns.push_back({"kind", kind_of});
    }
    if (any_set("addressType")) {
        columns.push_back(plain("type", "addressType"));
        columns.push_back({"brokers", brokers_of});
    }
    columns.push_back(plain("distribution", "distribution"));
    columns.push_back({"prio", [](const Entity& entry) {
                           const std::string text = priority(entry);
                           return text.empty() ? "-" : text;
                       }});
    if (any(drops)) {
        columns.push_back(plain("slow consumer", "slowConsumer"));
    }
    columns.push_back({"scope", scope_of});
    for (const char* attribute : {"origin", "version", "source"}) {
        if (any_set(attribute)) {
            columns.push_back(plain(attribute, attribute));
        }
    }
    return columns;
}

std::string conflicts_of(const std::vector<Entity>& entries) {
    std::string text;
    for (const Entity& entry : entries) {
        if (const std::string line = conflict_line(entry); !line.empty()) {
            text += "\n  " + line;
        }
    }
    return text.empty() ? text : "Conflicts" + text;
}

}  // namespace

Report address_report(std::vector<Entity> entries, const std::string& scope) {
    std::erase_if(entries, [&scope](const Entity& entry) {
        return !scope.empty() && scope_of(entry) != scope;
    });
    std::ranges::stable_sort(entries, {}, rule_of);
    Report report{.parts = {}, .entities = std::move(entries)};
    const std::string title = "Configured Addresses";
    if (report.entities.empty()) {
        report.parts.emplace_back(title + "\nNo configured addresses found" +
                                  (scope.empty() ? "" : " of scope " + scope));
        return report;
    }
    report.parts.emplace_back(make_table(title, report.entities, columns_for(report.entities)));
    if (std::string conflicts = conflicts_of(report.entities); !conflicts.empty()) {
        report.parts.emplace_back(std::move(conflicts));
    }
    return report;
}

std::string described(const Entity& entry) {
    std::string text = kind_of(entry) + " " + rule_of(entry) + " (";
    text += is_set(entry, "addressType") ? text_of(entry, "addressType") + ", " : "";
    text += is_set(entry, "distribution") ? text_of(entry, "distribution") : "not understood";
    if (const std::string brokers = brokers_of(entry); !brokers.empty()) {
        text += ", kept by " + brokers;
    }
    if (const std::string of_messages = priority(entry); !of_messages.empty()) {
        text += ", priority " + of_messages;
    }
    return text + (drops(entry) ? ", slow consumers lose messages)" : ")");
}

std::string known_where(const Entity& entry, const std::string& router) {
    return scope_of(entry) == "mesh" ? "on every Weft router of the mesh"
                                     : "on router " + router + " alone";
}

std::string conflict_line(const Entity& entry) {
    return is_set(entry, "conflict")
               ? kind_of(entry) + " " + rule_of(entry) + ": " + text_of(entry, "conflict")
               : std::string{};
}

}  // namespace weft::tools
