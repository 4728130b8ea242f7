#include "router/settings/mesh_settings.hpp"

#include "common/base/conditions.hpp"

#include <algorithm>
#include <utility>

namespace weft::settings {

MeshSettings::MeshSettings(std::string self, MeshSettingsOutput& output)
    : self_{std::move(self)}, output_{&output} {}

void MeshSettings::restore(Setting setting) {
    if (const std::string fault = fault_of(setting); !fault.empty()) {
        refuse(self_, fault);
        return;
    }
    table_.merge(std::move(setting));
    version_max_ = table_.clock() + kVersionJumpMax;
}

void MeshSettings::declare(std::map<std::string, std::string, std::less<>> file) {
    file_ = std::move(file);
    uphold();
}

Result<void> MeshSettings::set(std::string_view key, std::string_view value) {
    if (auto free = check_not_in_file(key); !free) {
        return free;
    }
    if (value.empty()) {
        return fail(kInvalidField, "a setting of the mesh needs a value");
    }
    WEFT_TRY(const Setting said, say(key, value, /*from_file=*/false));
    spread({said}, {});
    return {};
}

Result<void> MeshSettings::remove(std::string_view key) {
    if (auto free = check_not_in_file(key); !free) {
        return free;
    }
    const Setting* known = table_.find(key);
    if (known == nullptr || known->deleted()) {
        return {};
    }
    WEFT_TRY(const Setting said, say(key, {}, /*from_file=*/false));
    spread({said}, {});
    return {};
}

Result<void> MeshSettings::check_not_in_file(std::string_view key) const {
    if (file_.contains(key)) {
        return fail(kUnauthorizedAccess,
                    "'" + std::string(key) +
                        "' stands in this router's configuration file: change it there and "
                        "restart");
    }
    return {};
}

Result<Setting> MeshSettings::say(std::string_view key, std::string_view value, bool from_file) {
    const Setting* known = table_.find(key);
    const bool stands = known != nullptr && !known->deleted();
    if (!stands && table_.standing() >= kSettingsMax) {
        return fail(kResourceLimitExceeded, "the mesh has " + std::to_string(kSettingsMax) +
                                                " settings already: delete one first");
    }
    if (table_.clock() >= kSettingVersionMax) {
        return fail(kResourceLimitExceeded,
                    "the mesh has no more versions for its settings: a router used them up");
    }
    Setting setting{.key = std::string(key),
                    .value = std::string(value),
                    .version = table_.clock() + 1,
                    .origin = self_,
                    .from_file = from_file};
    if (std::string fault = fault_of(setting); !fault.empty()) {
        return fail(kInvalidField, std::move(fault));
    }
    if (!from_file) {
        if (auto kept = output_->keep(setting); !kept) {
            return tl::unexpected(std::move(kept).error());
        }
    }
    table_.merge(setting);
    output_->on_setting(setting);
    return setting;
}

/// What this router has to say of `key` so that its word is that of its file, in this run and
/// former ones; empty: to delete it.
std::optional<std::string> MeshSettings::correction(std::string_view key) const {
    const Setting* known = table_.find(key);
    const bool is_ours = known == nullptr || known->origin == self_;
    const auto declared = file_.find(key);
    if (declared == file_.end()) {
        const bool was_declared =
            known != nullptr && is_ours && known->from_file && !known->deleted();
        return was_declared ? std::optional<std::string>{""} : std::nullopt;
    }
    const bool is_taken_back = known != nullptr && known->deleted() && known->from_file;
    if (known != nullptr && is_ours && known->from_file && known->value == declared->second) {
        return std::nullopt;
    }
    return is_ours || is_taken_back ? std::optional{declared->second} : std::nullopt;
}

/// What is taken back goes first: it makes room.
void MeshSettings::uphold() {
    std::vector<std::string> keys;
    for (const auto& [key, setting] : table_.all()) {
        if (!file_.contains(key) && correction(key)) {
            keys.push_back(key);
        }
    }
    for (const auto& [key, value] : file_) {
        if (correction(key)) {
            keys.push_back(key);
        }
    }
    std::vector<Setting> said;
    for (const std::string& key : keys) {
        if (auto setting = say(key, *correction(key), /*from_file=*/true)) {
            said.push_back(*std::move(setting));
        } else {
            refuse(self_, setting.error().text);
        }
    }
    spread(said, {});
}

void MeshSettings::take(std::string_view router, std::vector<Setting> settings, Instant now) {
    std::erase_if(settings, [&](const Setting& setting) { return !take(router, setting); });
    spread(settings, router);
    const auto contradicts = [this](const Setting& setting) {
        return correction(setting.key).has_value();
    };
    if (std::ranges::any_of(settings, contradicts)) {
        uphold_due_ = std::max(now, upheld_ + kUpholdGap);
    }
}

/// False: there is nothing new in it.
bool MeshSettings::take(std::string_view router, const Setting& setting) {
    if (setting.version > version_max_) {
        held_back_ = true;
        refuse(router, "version " + std::to_string(setting.version) + " of '" + setting.key +
                           "' is far beyond all that are known");
        return false;
    }
    const auto [outcome, forgotten] = table_.merge(setting);
    if (outcome == SettingTable::Outcome::full) {
        refuse(router, "'" + setting.key + "' was not taken: there are " +
                           std::to_string(kSettingsMax) + " newer settings");
    }
    if (outcome != SettingTable::Outcome::taken) {
        return false;
    }
    ++counters_.taken;
    output_->on_setting(setting);
    if (!forgotten.empty()) {
        refuse(router, "'" + forgotten + "' gave way: there are " + std::to_string(kSettingsMax) +
                           " newer settings");
        output_->on_forgotten(forgotten);
    }
    return true;
}

void MeshSettings::refuse(std::string_view router, const std::string& why) {
    ++counters_.refused;
    complain(router, why);
}

void MeshSettings::complain(std::string_view router, const std::string& why) {
    if (refused_.size() < kSettingsMax && refused_.emplace(router).second) {
        output_->on_refused(router, why);
    }
}

std::vector<std::string> MeshSettings::partners() const {
    std::vector<std::string> found;
    const auto behind = std::ranges::upper_bound(peers_, self_) - peers_.begin();
    for (std::size_t step = 1; step <= peers_.size(); step *= 2) {
        found.push_back(peers_[(static_cast<std::size_t>(behind) + step - 1) % peers_.size()]);
    }
    return found;
}

bool MeshSettings::is_peer(std::string_view router) const {
    return std::ranges::binary_search(peers_, router);
}

void MeshSettings::peer_up(std::string_view router, Instant now) {
    if (router == self_ || is_peer(router)) {
        return;
    }
    peers_.emplace(std::ranges::lower_bound(peers_, router), router);
    meet_due_ = std::min(meet_due_, now + kMeetDelay);
    digest_due_ = std::min(digest_due_, now + kDigestGap);
}

void MeshSettings::peer_down(std::string_view router) {
    const auto at = std::ranges::lower_bound(peers_, router);
    if (at == peers_.end() || *at != router) {
        return;
    }
    met_.erase(*at);
    walks_.erase(*at);
    peers_.erase(at);
    if (peers_.empty()) {
        meet_due_ = kNever;
        digest_due_ = kNever;
    }
}

}  // namespace weft::settings
