#pragma once

#include "router/settings/mesh_settings.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::settings {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Kind = SettingMessage::Kind;
using Outcome = SettingTable::Outcome;
using File = std::map<std::string, std::string, std::less<>>;

inline Setting setting(std::string key,
                       std::string value,
                       std::int64_t version,
                       std::string origin = "B",
                       bool from_file = false) {
    return {.key = std::move(key),
            .value = std::move(value),
            .version = version,
            .origin = std::move(origin),
            .from_file = from_file};
}

/// "0007": in the order of the numbers.
inline std::string key_of(std::size_t number) {
    const std::string digits = std::to_string(number);
    return std::string(5 - std::min<std::size_t>(digits.size(), 5), '0') + digits;
}

inline Buffer written(const SettingMessage& message) {
    Buffer out;
    write_setting_message(out, message);
    return out;
}

/// The machine of one router, among others that a test plays or that are such Worlds, too.
class World final : public MeshSettingsOutput {
public:
    struct Sent {
        std::string to;
        SettingMessage message;
        std::size_t bytes = 0;
    };

    explicit World(std::string self = "A") : id{self}, machine{std::move(self), *this} {}

    /// The router of `before` after a restart, with what it kept and what its file says now.
    World(const World& before, const File& file, bool keeps = true) : World(before.id) {
        if (keeps) {
            for (const auto& [key, each] : before.machine.table().all()) {
                machine.restore(each);
            }
        }
        CHECK(told.empty());
        machine.declare(file);
    }

    void up(std::string_view router) { machine.peer_up(router, now); }
    void tell(std::string_view from, const SettingMessage& message) {
        machine.receive(from, written(message), now);
    }
    void news(std::string_view from, std::vector<Setting> settings) {
        tell(from, {.kind = Kind::news, .settings = std::move(settings)});
    }
    /// Ticks whenever the machine wants to, for so long.
    void pass(Duration time) {
        const Instant end = now + time;
        while (machine.deadline() <= end) {
            now = std::max(now, machine.deadline());
            machine.tick(now);
        }
        now = end;
    }

    std::vector<Sent> take_sent() { return std::exchange(sent, {}); }
    std::vector<Sent> sent_of(Kind kind) const {
        std::vector<Sent> found;
        std::ranges::copy_if(sent, std::back_inserter(found),
                             [kind](const Sent& each) { return each.message.kind == kind; });
        return found;
    }
    /// What holds; empty: nothing.
    std::string value(std::string_view key) const {
        const Setting* known = machine.table().find(key);
        return known == nullptr ? std::string{} : known->value;
    }

    bool send(std::string_view router, Bytes content) override {
        if (unreachable.contains(router)) {
            return false;
        }
        auto message = read_setting_message(content);
        REQUIRE(message.has_value());
        sent.push_back(
            {.to = std::string(router), .message = *std::move(message), .bytes = content.size()});
        return true;
    }
    Result<void> keep(const Setting& setting) override {
        kept.push_back(setting);
        if (!keep_error.empty()) {
            return fail("amqp:internal-error", keep_error);
        }
        return {};
    }
    void on_setting(const Setting& setting) override { told.push_back(setting); }
    void on_forgotten(std::string_view key) override { forgotten.emplace_back(key); }
    void on_refused(std::string_view router, const std::string& why) override {
        refused.push_back(std::string(router) + ": " + why);
    }

    std::string id;
    Instant now{std::chrono::hours(1)};
    MeshSettings machine;
    std::vector<Sent> sent;
    std::vector<Setting> told;
    std::vector<Setting> kept;
    std::string keep_error;  // what keep answers; empty: it succeeds
    std::vector<std::string> forgotten;
    std::vector<std::string> refused;
    std::set<std::string, std::less<>> unreachable;
};

/// Carries what two routers say to each other until both are silent; the messages it took.
inline std::size_t exchange(World& a, World& b) {
    std::size_t count = 0;
    while (!a.sent.empty() || !b.sent.empty()) {
        for (const auto& each : a.take_sent()) {
            b.tell(a.id, each.message);
            ++count;
        }
        for (const auto& each : b.take_sent()) {
            a.tell(b.id, each.message);
            ++count;
        }
    }
    return count;
}

/// They appear to each other and say all they have to.
inline std::size_t meet(World& a, World& b) {
    a.up(b.id);
    b.up(a.id);
    a.pass(MeshSettings::kMeetDelay);
    b.pass(MeshSettings::kMeetDelay);
    return exchange(a, b);
}

}  // namespace weft::settings
