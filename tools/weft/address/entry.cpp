#include "tools/weft/address/entry.hpp"

#include "common/base/text.hpp"
#include "tools/weft/failure.hpp"
#include "tools/weft/tables/report.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace weft::tools {
namespace {

constexpr std::array<const char*, 3> kKinds{"address", "prefix", "pattern"};

bool is_chosen(const Entity& entry, const EntryChoice& choice) {
    return rule_of(entry) == choice.rule &&
           (choice.kind.empty() || kind_of(entry) == choice.kind) &&
           (choice.scope.empty() || scope_of(entry) == choice.scope);
}

/// "prefix of scope mesh, pattern of scope node".
std::string kinds_and_scopes(const std::vector<const Entity*>& entries) {
    std::string text;
    for (const Entity* entry : entries) {
        text += (text.empty() ? "" : ", ") + kind_of(*entry) + " of scope " + scope_of(*entry);
    }
    return text;
}

std::vector<const Entity*> entries_of(const std::vector<Entity>& entries,
                                      const EntryChoice& choice) {
    std::vector<const Entity*> found;
    for (const Entity& entry : entries) {
        if (is_chosen(entry, choice)) {
            found.push_back(&entry);
        }
    }
    return found;
}

Failure not_there(const std::vector<Entity>& entries, const EntryChoice& choice) {
    const std::string missing = "the router has no entry '" + choice.rule + "'";
    if (const auto same = entries_of(entries, {.rule = choice.rule}); !same.empty()) {
        return Failure(missing + " of that kind and scope; it has it as " + kinds_and_scopes(same));
    }
    std::vector<std::string> rules;
    std::ranges::transform(entries, std::back_inserter(rules), rule_of);
    const std::vector<std::string_view> names{rules.begin(), rules.end()};
    const std::string_view near = nearest(choice.rule, names);
    return Failure(missing + (near.empty() ? "; 'weft address' lists all"
                                           : "; did you mean '" + std::string{near} + "'?"));
}

Failure several(const std::vector<const Entity*>& found, const std::string& rule) {
    const bool one_kind = std::ranges::all_of(found, [&found](const Entity* entry) {
        return kind_of(*entry) == kind_of(*found.front());
    });
    return Failure("'" + rule + "' is there as " + kinds_and_scopes(found) + "; say which with " +
                   (one_kind ? "--scope" : "--kind"));
}

}  // namespace

std::string kind_of(const Entity& entry) {
    const auto* kind =
        std::ranges::find_if(kKinds, [&entry](const char* each) { return is_set(entry, each); });
    return kind == kKinds.end() ? kKinds.front() : *kind;
}

std::string rule_of(const Entity& entry) {
    return text_of(entry, kind_of(entry));
}

std::string scope_of(const Entity& entry) {
    return is_set(entry, "scope") ? text_of(entry, "scope") : "node";
}

std::string brokers_of(const Entity& entry) {
    std::string text;
    const auto places = entry.find("attachedAt");
    if (places == entry.end() || !places->is_object()) {
        return text;
    }
    for (const auto& [broker, routers] : places->items()) {
        std::string where;
        for (const Json& router : routers) {
            where += (where.empty() ? "at " : ", ") + router.get<std::string>();
        }
        text += (text.empty() ? "" : ", ") + broker + " (" +
                (where.empty() ? "not connected" : where) + ")";
    }
    return text;
}

const Entity& find_entry(const std::vector<Entity>& entries, const EntryChoice& choice) {
    const auto found = entries_of(entries, choice);
    if (found.empty()) {
        throw not_there(entries, choice);
    }
    if (found.size() > 1) {
        throw several(found, choice.rule);
    }
    return *found.front();
}

}  // namespace weft::tools
