#pragma once

#include "common/io/line_file.hpp"
#include "common/io/log_output.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace weft::io {

// A file that is turned over. Internal to common/io.

/// Between two lines, once the next one would be too much for it, the file is renamed and another
/// one begun; so it is if others took it away. One that can't be turned over is not written any
/// more until it can be.
class RotatingOutput final : public LogOutput {
public:
    [[nodiscard]] static Result<std::unique_ptr<RotatingOutput>> open(const std::string& path,
                                                                      LineFile::Limits limits);

    Written write(std::string_view text, Level level) override;

private:
    RotatingOutput(std::string path, LineFile::Limits limits)
        : path_{std::move(path)}, limits_{limits} {}
    /// An errno; 0: it is done.
    int begin();
    int turn_over();
    /// What the path names is the file that is open.
    bool is_there() const;
    std::string numbered(unsigned n) const { return path_ + "." + std::to_string(n); }

    std::string path_;
    LineFile::Limits limits_;
    std::unique_ptr<DescriptorOutput> file_;  // null: it is to be opened
    std::uint64_t bytes_ = 0;                 // that are in it
    std::uint64_t device_ = 0;                // which file it is
    std::uint64_t inode_ = 0;
    bool in_line_ = false;
};

}  // namespace weft::io
