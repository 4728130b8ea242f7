#pragma once

#include "common/base/result.hpp"
#include "router/settings/setting_table.hpp"

#include <sys/types.h>
#include <unistd.h>

#include <cstddef>
#include <cstdio>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::node {

/// What StateFile asks of the system, so that a test can let it fail.
struct Disk {
    std::function<ssize_t(int file, const void* bytes, std::size_t size)> write = ::write;
    std::function<int(int file)> sync = ::fsync;
    std::function<int(const char* from, const char* to)> rename = ::rename;
};

/// Settings as they stand in the file, a line each.
struct StateLines {
    std::string text;
    std::size_t count = 0;

    void add(const settings::Setting& setting);
};

/// What a router keeps of its mesh's settings between runs: `addresses.jsonl` in its stateDir.
///
/// Each line is a setting as JSON; the last one of a key holds. Changes are appended; now and then
/// the file is written anew: as a draft, which takes its name when all of it is on the disk. So
/// whenever a process dies or the power fails, there is the one file or the other. A line that a
/// crash cut off was not promised to anybody. Only one process has it at a time.
///
///   behind ──take_draft──▶ sound ──append──▶ sound, and a draft that is there gets it, too
///      ▲                     ├─ a write fails ─▶ behind: no part of it is in the file, if that
///      └─ drop_draft         │                   much can be done; the next draft mends it
///                            └─ placing, drop_draft ─▶ behind
///
/// Threading: loop-confined, but for the work of `confirming` and `placing`: any thread, nothing
/// else being done with it meanwhile but `append`. What is durable, and that work, wait for the
/// disk.
class StateFile {
public:
    /// Makes the folder if it is missing. Errors: with the path, and what to do.
    [[nodiscard]] static Result<StateFile> open(const std::string& folder, Disk disk = {});
    StateFile(StateFile&& other) noexcept;
    StateFile& operator=(StateFile&& other) = delete;
    ~StateFile();

    /// What was kept. Lines that can't be read are left out; the file is then put aside as
    /// `addresses.jsonl.bad`, and a warning names the first of them.
    [[nodiscard]] Result<std::vector<settings::Setting>> read();
    /// Only of a sound one. `durable`: when this returns they are on the disk. Errors: as open.
    [[nodiscard]] Result<void> append(const StateLines& lines, bool durable);

    // A draft, while there is none: `begin_draft`, `add` as often as it takes, the work of
    // `placing` and `take_draft`; or `drop_draft` when any of it failed. Errors: as open.
    [[nodiscard]] Result<void> begin_draft();
    [[nodiscard]] Result<void> add(const StateLines& lines);
    /// Work: what was added is on the disk. Not needed, but then less is left for `placing`.
    std::function<Result<void>()> confirming() const;
    /// Work: the draft is on the disk and has the file's name. Nothing is written until it ended.
    [[nodiscard]] std::function<Result<void>()> placing();
    void take_draft();
    void drop_draft();
    /// A draft of those, at once: nothing else is in the file then.
    [[nodiscard]] Result<void> rewrite(const settings::SettingTable::ByKey& settings);

    /// All that was to be written is. False until the first draft is taken.
    bool is_sound() const { return is_sound_; }
    /// Lines in the file.
    std::size_t lines() const { return lines_; }

private:
    StateFile(std::string path, int lock, Disk disk)
        : disk_{std::move(disk)}, path_{std::move(path)}, lock_{lock} {}

    bool write_all(int file, std::string_view text) const;
    std::string draft_path() const { return path_ + ".new"; }

    Disk disk_;
    std::string path_;
    int lock_ = -1;
    int file_ = -1;
    std::size_t lines_ = 0;
    bool is_sound_ = false;
    int draft_ = -1;
    int draft_error_ = 0;  // why something is missing in it
    std::size_t draft_lines_ = 0;
};

}  // namespace weft::node
