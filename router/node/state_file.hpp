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

/// What a router keeps of its mesh's settings between runs: `addresses.jsonl` in its stateDir.
///
/// Each line is a setting as JSON; the last one of a key holds. Changes are appended; now and then
/// the file is written anew. A line that a crash cut off was not promised to anybody. Only one
/// process has it at a time.
///
///   behind ──rewrite──▶ sound ──append──▶ sound
///      ▲                  └─ a write fails ─▶ behind: no part of it is in the file, if that much
///      └─ a write fails                       can be done, and `rewrite` is what mends it
///
/// Threading: loop-confined; `append` and `rewrite` wait for the disk.
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
    /// Only those, from now on. Whole or not at all, whenever the power fails. Errors: as open.
    [[nodiscard]] Result<void> rewrite(const settings::SettingTable::ByKey& settings);
    /// Only of a sound one. `durable`: when this returns they are on the disk. Errors: as open.
    [[nodiscard]] Result<void> append(const std::vector<settings::Setting>& settings, bool durable);
    /// All that was to be written is. False until the first rewrite.
    bool is_sound() const { return is_sound_; }
    /// Lines in the file.
    std::size_t lines() const { return lines_; }

private:
    StateFile(std::string path, int lock, Disk disk)
        : disk_{std::move(disk)}, path_{std::move(path)}, lock_{lock} {}

    bool write_all(int file, std::string_view text) const;
    bool write_draft(int file, const std::string& draft, std::string_view text) const;
    bool sync_folder() const;

    Disk disk_;
    std::string path_;
    int lock_ = -1;
    int file_ = -1;
    std::size_t lines_ = 0;
    bool is_sound_ = false;
};

}  // namespace weft::node
