#pragma once

#include "common/base/bytes.hpp"
#include "common/base/result.hpp"
#include "common/base/time.hpp"
#include "router/settings/setting.hpp"
#include "router/settings/setting_message.hpp"
#include "router/settings/setting_table.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace weft::settings {

/// What the machine wants done. No call may call back into it, but for its const members.
class MeshSettingsOutput {
public:
    virtual ~MeshSettingsOutput() = default;
    /// The content of a message for another Weft router; false: there is no path to it now.
    virtual bool send(std::string_view router, Bytes content) = 0;
    /// `set` or `remove` is about to say this. An error refuses it: nothing is changed then, and
    /// nobody hears of it.
    virtual Result<void> keep(const Setting& /*setting*/) { return {}; }
    /// The newest of its key is another one now; it may be a deleted one.
    virtual void on_setting(const Setting& setting) = 0;
    /// `key` stood and holds no more, because there are kSettingsMax that are newer.
    virtual void on_forgotten(std::string_view key) = 0;
    /// Something of `router` was not taken; once for each router.
    virtual void on_refused(std::string_view router, const std::string& why) = 0;
};

/// Counts, never reset.
struct MeshSettingsCounters {
    std::uint64_t sent = 0;
    std::uint64_t received = 0;
    std::uint64_t taken = 0;
    std::uint64_t malformed = 0;
    std::uint64_t unknown = 0;  // of routers that are not known, or not yet; dropped
    std::uint64_t refused = 0;  // settings that were not taken, or gave way
};

/// Settings that all Weft routers of a mesh have in common, whichever of them was told.
///
/// Routers talk to those that stand 1, 2, 4, … places behind them in the circle of all ids: news
/// reaches all in a few steps, and nobody talks to many. They compare digests when they meet and
/// each kDigestGap; where those differ, both walk through their keys, piece by piece, and give each
/// other what is newer. So nothing depends on a message arriving, nor on the order.
///
/// A setting that stands in a configuration file is said by the router that reads it, and is taken
/// back when that router no longer finds it there; unless another router said something since.
/// Often all routers have the same file: when one takes an entry back, another that still has it
/// says it again, so it is gone with the last of them.
///
/// A machine without I/O. Threading: loop-confined. Spec: docs/protocol.md
class MeshSettings {
public:
    static constexpr Duration kDigestGap = std::chrono::seconds(30);
    /// Routers that appear together are met together.
    static constexpr Duration kMeetDelay = std::chrono::milliseconds(200);
    /// A walk whose answer is missing this long may begin anew.
    static constexpr Duration kWalkAge = std::chrono::seconds(5);
    /// Settings that are looked at for one answer.
    static constexpr std::size_t kLookedAtMax = 4096;
    /// Two routers that wrongly have one id correct each other no more often.
    static constexpr Duration kUpholdGap = std::chrono::seconds(5);
    /// Versions further ahead are taken kDigestGap later at the earliest: nobody makes so many
    /// changes, and who claims it can't use up the numbers soon. Never to take them would divide
    /// routers for ever that have seen different ones.
    static constexpr std::int64_t kVersionJumpMax = std::int64_t{1} << 32;

    /// `output` must outlive it.
    MeshSettings(std::string self, MeshSettingsOutput& output);

    /// What was kept from the last run; before all else. `output` hears only of what is refused.
    void restore(Setting setting);
    /// What the file of this router says, by key; once, after what was kept.
    void declare(std::map<std::string, std::string, std::less<>> file);

    // Errors: amqp:unauthorized-access (it stands in the file of this router),
    // amqp:resource-limit-exceeded, those of MeshSettingsOutput::keep.

    /// Errors: amqp:invalid-field (empty, too long, or not UTF-8), too.
    [[nodiscard]] Result<void> set(std::string_view key, std::string_view value);
    /// Nothing happens if there is none.
    [[nodiscard]] Result<void> remove(std::string_view key);

    /// Another Weft router is there, or there no more. Of others nothing is taken.
    void peer_up(std::string_view router, Instant now);
    void peer_down(std::string_view router);
    void receive(std::string_view router, Bytes content, Instant now);

    /// The earliest moment at which `tick` has something to do; may change with every call.
    Instant deadline() const;
    void tick(Instant now);

    const SettingTable& table() const { return table_; }
    const std::map<std::string, std::string, std::less<>>& file() const { return file_; }
    const MeshSettingsCounters& counters() const { return counters_; }
    /// Whom this router compares digests with, and tells news.
    std::vector<std::string> partners() const;

private:
    /// Where the walk through the keys with another router stands.
    struct Walk {
        std::string after;
        Instant stepped{};
    };

    Result<void> check_not_in_file(std::string_view key) const;
    Result<Setting> say(std::string_view key, std::string_view value, bool from_file);
    std::optional<std::string> correction(std::string_view key) const;
    void uphold();
    void take(std::string_view router, std::vector<Setting> settings, Instant now);
    bool take(std::string_view router, const Setting& setting);
    void complain(std::string_view router, const std::string& why);
    void refuse(std::string_view router, const std::string& why);
    bool is_peer(std::string_view router) const;

    // mesh_settings_exchange.cpp
    void send(std::string_view router, const SettingMessage& message);
    void send_content(std::string_view router);
    void spread(const std::vector<Setting>& settings, std::string_view except);
    bool compare(const std::string& router);
    void compare_all(Instant now);
    void on_digest(std::string_view router, const SettingDigest& theirs, Instant now);
    void send_range(std::string_view router, const std::string& after);
    void on_range(std::string_view router, const SettingMessage& range, Instant now);
    void on_answer(std::string_view router, const SettingMessage& answer, Instant now);

    std::string self_;
    MeshSettingsOutput* output_;
    SettingTable table_;
    std::map<std::string, std::string, std::less<>> file_;
    std::vector<std::string> peers_;          // ascending
    std::set<std::string, std::less<>> met_;  // partners that had our digest since they appeared
    std::map<std::string, Walk, std::less<>> walks_;
    std::set<std::string, std::less<>> refused_;  // routers that were complained of
    Instant meet_due_ = kNever;
    Instant digest_due_ = kNever;
    Instant uphold_due_ = kNever;
    Instant upheld_ = Instant::min();
    std::int64_t version_max_ = kVersionJumpMax;  // versions above it are not taken yet
    bool held_back_ = false;                      // such a one came since the last digests
    MeshSettingsCounters counters_;
    Buffer content_;  // reused
};

}  // namespace weft::settings
