#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace weft::daemon {

/// What tells one state of a file from another, without reading it. All zero: it is not there.
struct FileStamp {
    std::uint64_t what = 0;  // device and inode; of a folder, of all that it has, too
    std::uint64_t size = 0;
    std::int64_t changed_at = 0;  // nanoseconds since 1970, of the content or of who owns it

    bool operator==(const FileStamp&) const = default;
};

/// Of what is at `path` now, beyond links; of a folder: of its first kStampedMax entries, too.
inline constexpr std::size_t kStampedMax = 2000;
FileStamp stamp_of(const std::string& path);

/// Which files have changed and have been left in peace since: a file that is still being written
/// is told of once it is written.
/// Threading: not shared.
class FileWatch {
public:
    using Stamp = std::function<FileStamp(const std::string& path)>;

    explicit FileWatch(Stamp stamp = stamp_of) : stamp_{std::move(stamp)} {}

    /// Looks at `paths`, and forgets others. Gives those that are not as they were when they were
    /// told of last, or seen first, and are as they were the last time.
    std::vector<std::string> changed(const std::vector<std::string>& paths);
    /// What is there now is known.
    void know(const std::vector<std::string>& paths);

private:
    struct Known {
        FileStamp told;
        FileStamp last;
    };

    Stamp stamp_;
    std::map<std::string, Known> known_;
};

}  // namespace weft::daemon
