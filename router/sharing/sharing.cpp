#include "router/sharing/sharing.hpp"

#include <algorithm>
#include <utility>

namespace weft::router {

Sharing::Sharing(std::string self, SharingOutput& output)
    : self_{std::move(self)}, output_{&output} {}

void Sharing::restore(Setting setting) {
    static_cast<void>(table_.merge(std::move(setting)));
}

void Sharing::declare(std::map<std::string, std::string, std::less<>> file) {
    file_ = std::move(file);
    std::vector<Setting> own;  // of files of former runs
    for (const auto& [key, setting] : table_.all()) {
        if (setting.origin == self_ && setting.from_file) {
            own.push_back(setting);
        }
    }
    for (const Setting& setting : own) {
        defend(setting);
    }
    for (const auto& [key, value] : file_) {
        const Setting* known = table_.find(key);
        const bool is_ours = known == nullptr || known->origin == self_;
        if (is_ours && (known == nullptr || known->value != value || !known->from_file)) {
            if (const auto said = say(key, value, /*from_file=*/true); !said) {
                refuse(self_, said.error().text);
            }
        }
    }
}

Result<void> Sharing::set(std::string_view key, std::string_view value) {
    return say(key, value, /*from_file=*/false);
}

Result<void> Sharing::remove(std::string_view key) {
    const Setting* known = table_.find(key);
    if (known == nullptr || known->deleted()) {
        return {};
    }
    return say(key, {}, /*from_file=*/false);
}

Result<void> Sharing::say(std::string_view key, std::string_view value, bool from_file) {
    if (key.empty() || key.size() > kSettingKeyMax || value.size() > kSettingValueMax) {
        return fail("amqp:invalid-field", "a setting of the mesh has at most " +
                                              std::to_string(kSettingKeyMax) + " + " +
                                              std::to_string(kSettingValueMax) + " bytes");
    }
    if (table_.clock() >= kSettingVersionMax) {
        return fail("amqp:resource-limit-exceeded",
                    "the mesh has no more versions for its settings: a router used them up");
    }
    const Setting setting{.key = std::string(key),
                          .value = std::string(value),
                          .version = table_.clock() + 1,
                          .origin = self_,
                          .from_file = from_file};
    if (table_.merge(setting) == SettingTable::Outcome::full) {
        return fail("amqp:resource-limit-exceeded", "the mesh has " + std::to_string(kSettingsMax) +
                                                        " settings already: delete one first");
    }
    output_->on_setting(setting);
    spread({setting}, {});
    return {};
}

void Sharing::take(std::string_view router, std::vector<Setting> settings) {
    std::vector<Setting> taken;
    for (Setting& setting : settings) {
        if (setting.version > table_.clock() + kVersionJumpMax) {
            refuse(router, "version " + std::to_string(setting.version) + " of '" + setting.key +
                               "' is far beyond all that are known");
            continue;
        }
        const auto outcome = table_.merge(setting);
        if (outcome == SettingTable::Outcome::full) {
            refuse(router, "'" + setting.key + "' was not taken: there are " +
                               std::to_string(kSettingsMax) + " settings already");
        } else if (outcome == SettingTable::Outcome::taken) {
            ++counters_.taken;
            output_->on_setting(setting);
            taken.push_back(std::move(setting));
        }
    }
    if (taken.empty()) {
        return;
    }
    spread(taken, router);
    for (const Setting& setting : taken) {
        if (setting.origin == self_ && setting.from_file) {
            defend(setting);
        }
    }
}

/// What this router's file said in a former life is made to be what it says now.
void Sharing::defend(const Setting& taken) {
    const auto declared = file_.find(taken.key);
    if (declared != file_.end() && declared->second == taken.value) {
        return;
    }
    const auto said = declared == file_.end()
                          ? say(taken.key, {}, /*from_file=*/false)
                          : say(taken.key, declared->second, /*from_file=*/true);
    if (!said) {
        refuse(self_, said.error().text);
    }
}

void Sharing::refuse(std::string_view router, const std::string& why) {
    ++counters_.refused;
    if (refused_.size() < kSettingsMax && refused_.emplace(router).second) {
        output_->on_refused(router, why);
    }
}

void Sharing::send(std::string_view router, const SettingMessage& message) {
    content_.clear();
    write_setting_message(content_, message);
    if (output_->send(router, content_)) {
        ++counters_.sent;
    } else {
        met_.erase(std::string(router));  // the next digest will tell
    }
}

void Sharing::spread(const std::vector<Setting>& settings, std::string_view except) {
    for (const std::string& partner : partners()) {
        if (partner != except) {
            send(partner, {.kind = SettingMessage::Kind::news, .settings = settings});
        }
    }
}

std::vector<std::string> Sharing::partners() const {
    std::vector<std::string> found;
    const auto behind = std::ranges::upper_bound(peers_, self_) - peers_.begin();
    for (std::size_t step = 1; step <= peers_.size(); step *= 2) {
        found.push_back(peers_[(static_cast<std::size_t>(behind) + step - 1) % peers_.size()]);
    }
    return found;
}

void Sharing::peer_up(std::string_view router, Instant now) {
    const auto at = std::ranges::lower_bound(peers_, router);
    if (router == self_ || (at != peers_.end() && *at == router)) {
        return;
    }
    peers_.emplace(at, router);
    meet_due_ = std::min(meet_due_, now + kMeetDelay);
    digest_due_ = std::min(digest_due_, now + kDigestGap);
}

void Sharing::peer_down(std::string_view router) {
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

}  // namespace weft::router
