#include "router/settings/mesh_settings.hpp"

#include <algorithm>
#include <utility>

namespace weft::settings {
namespace {

using Kind = SettingMessage::Kind;

}  // namespace

Instant MeshSettings::deadline() const {
    return std::min({meet_due_, digest_due_, uphold_due_});
}

void MeshSettings::tick(Instant now) {
    if (now >= uphold_due_) {
        uphold_due_ = kNever;
        upheld_ = now;
        uphold();
    }
    if (now >= std::min(meet_due_, digest_due_)) {
        compare_all(now);
    }
}

/// A partner that could not be reached, or is new because another router left, is met with the next
/// digests at the latest.
void MeshSettings::compare_all(Instant now) {
    const bool all = now >= digest_due_;
    meet_due_ = kNever;
    for (const std::string& partner : partners()) {
        if ((all || !met_.contains(partner)) && !compare(partner)) {
            meet_due_ = now + kMeetDelay;
        }
    }
    if (all) {
        digest_due_ = now + kDigestGap;
        version_max_ = (held_back_ ? version_max_ : table_.clock()) + kVersionJumpMax;
        held_back_ = false;
    }
}

/// False if it can't be reached now.
bool MeshSettings::compare(const std::string& router) {
    met_.insert(router);
    send(router, {.kind = Kind::digest, .digest = table_.digest()});
    return met_.contains(router);
}

void MeshSettings::send(std::string_view router, const SettingMessage& message) {
    content_.clear();
    write_setting_message(content_, message);
    send_content(router);
}

void MeshSettings::send_content(std::string_view router) {
    if (output_->send(router, content_)) {
        ++counters_.sent;
    } else {
        met_.erase(std::string(router));  // the next digest will tell
    }
}

void MeshSettings::spread(const std::vector<Setting>& settings, std::string_view except) {
    SettingMessage news{.kind = Kind::news};
    std::size_t bytes = 0;
    for (const Setting& setting : settings) {
        news.settings.push_back(setting);
        bytes += bytes_of(setting);
        if (bytes < kSettingMessageBytes && &setting != &settings.back()) {
            continue;
        }
        content_.clear();
        write_setting_message(content_, news);
        for (const std::string& partner : partners()) {
            if (partner != except) {
                send_content(partner);
            }
        }
        news.settings.clear();
        bytes = 0;
    }
}

void MeshSettings::receive(std::string_view router, Bytes content, Instant now) {
    ++counters_.received;
    if (!is_peer(router)) {  // nobody says that there is such a router: its next digest may count
        ++counters_.unknown;
        return;
    }
    auto message = read_setting_message(content);
    if (!message) {
        ++counters_.malformed;
        complain(router, message.error().text);
        return;
    }
    switch (message->kind) {
        case Kind::digest:
            return on_digest(router, message->digest, now);
        case Kind::range:
            return on_range(router, *message, now);
        case Kind::answer:
            return on_answer(router, *message, now);
        case Kind::news:
            return take(router, std::move(message->settings), now);
    }
}

void MeshSettings::on_digest(std::string_view router, const SettingDigest& theirs, Instant now) {
    if (theirs == table_.digest()) {
        return;
    }
    const auto [walk, is_new] = walks_.try_emplace(std::string(router));
    if (!is_new && now - walk->second.stepped < kWalkAge) {
        return;  // under way
    }
    walk->second = {.after = {}, .stepped = now};
    send_range(router, {});
}

void MeshSettings::send_range(std::string_view router, const std::string& after) {
    SettingMessage range{.kind = Kind::range, .after = after};
    std::size_t bytes = 0;
    auto at = after.empty() ? table_.all().begin() : table_.all().upper_bound(after);
    for (; at != table_.all().end() && bytes < kSettingMessageBytes; ++at) {
        bytes += bytes_of(at->second);
        range.settings.push_back(at->second);
    }
    if (at != table_.all().end()) {
        range.until = range.settings.back().key;
    }
    send(router, range);
}

/// Answers with what is newer here, at most one message full or a turn's worth of keys: the walk
/// goes on from where it ends.
void MeshSettings::on_range(std::string_view router, const SettingMessage& range, Instant now) {
    std::map<std::string_view, const Setting*> theirs;
    for (const Setting& setting : range.settings) {
        theirs.emplace(setting.key, &setting);
    }
    SettingMessage answer{.kind = Kind::answer, .after = range.after, .until = range.until};
    std::size_t bytes = 0;
    std::size_t looked_at = 0;
    auto at = range.after.empty() ? table_.all().begin() : table_.all().upper_bound(range.after);
    for (; at != table_.all().end(); ++at) {
        const auto& [key, setting] = *at;
        if (!range.until.empty() && key > range.until) {
            break;
        }
        ++looked_at;
        const auto known = theirs.find(key);
        if (known == theirs.end() || is_newer(setting, *known->second)) {
            bytes += bytes_of(setting);
            answer.settings.push_back(setting);
        }
        if (bytes >= kSettingMessageBytes || looked_at == kLookedAtMax) {
            answer.until = key;
            break;
        }
    }
    send(router, answer);
    take(router, range.settings, now);
}

void MeshSettings::on_answer(std::string_view router, const SettingMessage& answer, Instant now) {
    take(router, answer.settings, now);
    const auto walk = walks_.find(router);
    if (walk == walks_.end() || walk->second.after != answer.after) {
        return;  // of a walk that was given up
    }
    if (answer.until.empty() || answer.until <= answer.after) {
        walks_.erase(walk);
        return;
    }
    walk->second = {.after = answer.until, .stepped = now};
    send_range(router, answer.until);
}

}  // namespace weft::settings
