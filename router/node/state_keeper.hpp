#pragma once

#include "common/base/result.hpp"
#include "common/base/time.hpp"
#include "common/io/errand.hpp"
#include "common/io/loop.hpp"
#include "router/node/state_file.hpp"
#include "router/settings/setting.hpp"
#include "router/settings/setting_table.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace weft::node {

/// Keeps a table of settings in its file, and never lets the loop wait for what others made.
///
/// What this router was asked to make is on the disk before it is answered: one line, one fsync in
/// its turn. What came from others has turns of its own, a piece each, and nobody waits until it is
/// on the disk. When the file is too long, or a write failed, a draft is made: a piece of the table
/// each turn, which an errand brings to the disk before the next one; another gives it its name.
///
///   keeping ──too long──▶ drafting ──all is in it──▶ placing ──▶ keeping
///   waiting ──retry, or a request──▶ drafting
///   keeping, drafting, placing ──a write fails──▶ waiting    (of the file's, a draft goes on)
///
/// Threading: loop-confined.
class StateKeeper {
public:
    /// Bytes of lines that are written in one turn, and the rest of the last one; of the file and
    /// of a draft each.
    static constexpr std::size_t kBytesAtOnce = 64 * 1024;
    /// The file is written anew with four times as many lines as there are settings, and these.
    static constexpr std::size_t kLinesFree = 1000;
    /// What could not be written is tried again after this long, doubled up to the other.
    static constexpr Duration kRetryMin = std::chrono::seconds{1};
    static constexpr Duration kRetryMax = std::chrono::minutes{1};

    /// Writes all of the table before it returns. Both must outlive it.
    StateKeeper(StateFile file, const settings::SettingTable& table, io::Loop& loop);
    /// Writes what waits. A draft that is not whole goes: the file is.
    ~StateKeeper();
    StateKeeper(const StateKeeper&) = delete;
    StateKeeper& operator=(const StateKeeper&) = delete;

    /// `setting`, which the table is about to have, is on the disk when this returns. If a draft is
    /// just being placed, it waits for that: at most a piece of it is not on the disk yet. Errors:
    /// the disk's, also while one that failed was not mended.
    [[nodiscard]] Result<void> keep(const settings::Setting& setting);
    /// The table has it now.
    void keep_later(const settings::Setting& setting);
    /// The table has it no more.
    void forget(std::string_view key);

    /// Why the table is not in the file now; empty: it is, or waits for its turn only.
    const std::string& failure() const { return failure_; }
    /// Times that something could not be written.
    std::uint64_t write_failures() const { return write_failures_; }

private:
    enum class Stage : std::uint8_t { keeping, drafting, placing, waiting };

    void step_soon();
    void step();
    bool is_too_long() const;
    void append_some();
    void begin_draft();
    void draft_some();
    void end_draft(const Result<void>& placed);
    void note_failure(const std::string& why);
    void retry_later();

    StateFile file_;
    const settings::SettingTable& table_;
    io::Loop& loop_;
    Stage stage_ = Stage::keeping;
    std::optional<settings::Setting> kept_;         // by `keep`, and about to be in the table
    std::set<std::string, std::less<>> unwritten_;  // keys
    std::string drafted_;                           // the last key that the draft has
    std::string failure_;
    std::uint64_t write_failures_ = 0;
    bool is_step_due_ = false;
    io::Timer step_;
    Duration retry_delay_ = kRetryMin;
    io::Timer retry_;
    io::Errand errand_;
};

}  // namespace weft::node
