#include "tests/simulation/settings_sim_mesh.hpp"

#include <algorithm>

namespace weft::settings {
namespace {

std::string shown(const Setting& setting) {
    return "'" + setting.key + "' = '" + setting.value.substr(0, 20) + "' (" + setting.origin +
           ", " + std::to_string(setting.version) + (setting.from_file ? ", file)" : ")");
}

}  // namespace

std::string SettingsMesh::audit() const {
    for (const auto& node : nodes_) {
        if (!node->machine) {
            continue;
        }
        if (std::string fault = audit(*node); !fault.empty()) {
            return node->id + ": " + fault;
        }
    }
    std::string fault = audit_said();
    return fault.empty() ? audit_files() : fault;
}

/// I2: it must know what the first one knows, and have told all of it.
std::string SettingsMesh::audit(const SettingsNode& node) const {
    const SettingTable& table = node.machine->table();
    const auto first = std::ranges::find_if(
        nodes_, [&](const auto& each) { return each->machine && each->part == node.part; });
    const SettingTable& theirs = (*first)->machine->table();
    if (table.all() != theirs.all()) {
        return "knows something else than " + (*first)->id;
    }
    if (table.digest() != theirs.digest()) {
        return "has another digest than " + (*first)->id;
    }
    if (!std::ranges::equal(table.all(), node.told)) {
        return "did not tell all that it knows";
    }
    return {};
}

/// I1: only what somebody said holds, and nothing that was said and kept is newer.
std::string SettingsMesh::audit_said() const {
    const SettingTable& table = nodes_.front()->machine->table();
    for (const auto& [key, setting] : table.all()) {
        const auto said = said_.find(key);
        if (said == said_.end() ||
            std::ranges::find(said->second, setting, &Said::setting) == said->second.end()) {
            return shown(setting) + " holds, and nobody said it";
        }
    }
    for (const auto& [key, all] : said_) {
        const Setting* known = table.find(key);
        for (const Said& said : all) {
            if (!said.may_be_lost && (known == nullptr || is_newer(said.setting, *known))) {
                return shown(said.setting) + " was said and kept, but " +
                       (known == nullptr ? "nothing" : shown(*known)) + " holds";
            }
        }
    }
    return {};
}

/// I3: the word of a router on what is in its file is that of its file, and no entry is taken back
/// while another router has it in its file.
std::string SettingsMesh::audit_files() const {
    const SettingTable& table = nodes_.front()->machine->table();
    for (const auto& node : nodes_) {
        for (const auto& [key, value] : node->file) {
            const Setting* known = table.find(key);
            if (known == nullptr || (known->deleted() && known->from_file) ||
                (known->origin == node->id && known->value != value)) {
                return node->id + " has '" + key + "' in its file, but " +
                       (known == nullptr ? "nothing" : shown(*known)) + " holds";
            }
        }
        for (const auto& [key, setting] : table.all()) {
            if (setting.origin == node->id && setting.from_file && !setting.deleted() &&
                !node->file.contains(key)) {
                return shown(setting) + " holds, but stands in no file";
            }
        }
    }
    return {};
}

}  // namespace weft::settings
