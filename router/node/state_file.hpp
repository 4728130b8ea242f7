#pragma once

#include "common/base/result.hpp"
#include "router/settings/setting_table.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace weft::node {

/// What a router keeps of its mesh's settings between runs: `addresses.jsonl` in its stateDir.
///
/// Each line is a setting as JSON; the last one of a key holds. Changes are appended; now and then
/// the file is written anew. A line that a crash cut off was not promised to anybody. Only one
/// process has it at a time.
/// Threading: loop-confined; `append` and `rewrite` wait for the disk.
class StateFile {
public:
    /// Makes the folder if it is missing. Errors: with the path, and what to do.
    [[nodiscard]] static Result<StateFile> open(const std::string& folder);
    StateFile(StateFile&& other) noexcept;
    StateFile& operator=(StateFile&& other) = delete;
    ~StateFile();

    /// What was kept. Lines that can't be read are left out; the file is then put aside as
    /// `addresses.jsonl.bad`, and a warning names the first of them.
    [[nodiscard]] Result<std::vector<settings::Setting>> read();
    /// Only those, from now on. Whole or not at all, whenever the power fails.
    [[nodiscard]] Result<void> rewrite(const settings::SettingTable::ByKey& settings);
    /// `durable`: when this returns they are on the disk.
    [[nodiscard]] Result<void> append(const std::vector<settings::Setting>& settings, bool durable);
    /// Lines in the file.
    std::size_t lines() const { return lines_; }

private:
    StateFile(std::string path, int lock) : path_{std::move(path)}, lock_{lock} {}

    std::string path_;
    int lock_ = -1;
    int file_ = -1;
    std::size_t lines_ = 0;
};

}  // namespace weft::node
