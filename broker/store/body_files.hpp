#pragma once

#include "broker/store/file.hpp"
#include "common/base/bytes.hpp"
#include "common/base/result.hpp"
#include "common/sqlite/database.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace weft::store {

using sqlite::Database;
using sqlite::Statement;

/// Where a body is that does not stand in its segment, and its checksum (CRC-32C).
struct BodyPlace {
    static constexpr std::size_t kSize = 24;

    std::uint64_t file = 0;
    std::uint64_t offset = 0;
    std::uint32_t size = 0;
    std::uint32_t sum = 0;

    /// As a segment has it: the fields in this order, big-endian.
    std::array<std::uint8_t, kSize> encoded() const;
    static BodyPlace decoded(Bytes bytes);
};

/// Large bodies, in files beside the database: `bodies/N` in the store's folder. One is appended to
/// at a time; the table `body_file` says how far each is valid.
///
///     append … flush ─▶ COMMIT ─▶ committed          killed anywhere: `open` cuts and deletes
///
/// Invariants:
///   B1  what a commit refers to was flushed before it
///   B2  a file of which no live body or no segment is left is deleted, after the commit that says
///       so; one that no row names is nobody's
///   B3  the file that is appended to is the one with the highest number
///
/// Threading: one thread at a time.
class BodyFiles {
public:
    /// Bytes of a payload that stands in its segment.
    static constexpr std::size_t kInsideMax = 8192;
    /// A file that has so many takes no more after that commit.
    static constexpr std::uint64_t kFileBytes = std::uint64_t{64} * 1024 * 1024;
    /// What is smaller is not worth it.
    static constexpr std::uint64_t kCompactedMin = std::uint64_t{1024} * 1024;
    /// The part of a file that must be live, or it is compacted: 1/4.
    static constexpr std::uint64_t kLivePart = 4;
    static constexpr std::size_t kReadersMax = 16;  // files that are held open

    /// What the database says; what is beyond that goes. `database` must outlive it.
    [[nodiscard]] Result<void> open(const std::string& folder, Database& database);

    [[nodiscard]] Result<BodyPlace> append(Bytes body);
    /// One segment more, or less, has bodies in that file.
    void join(std::uint64_t file) { ++change(file).segments; }
    void leave(std::uint64_t file) { --change(file).segments; }
    /// A body of so many bytes is gone.
    void lose(std::uint64_t file, std::uint64_t bytes);
    struct Read {
        Buffer body{};  // what there is
        bool damaged = false;
    };
    [[nodiscard]] Result<Read> read(const BodyPlace& place);

    /// Before the commit; in its transaction. False: nothing changed.
    bool has_changed() const { return !changed_.empty(); }
    [[nodiscard]] Result<void> flush();
    /// After it.
    void committed();

    /// A file that is mostly dead; it is to be emptied.
    std::optional<std::uint64_t> wasteful() const;
    std::size_t files() const { return files_.size(); }
    /// Bytes of all files.
    std::uint64_t bytes() const { return bytes_; }
    static std::string folder_in(const std::string& folder) { return folder + "/bodies"; }

private:
    struct OneFile {
        std::uint64_t size = 0;
        std::uint64_t live = 0;
        std::uint64_t segments = 0;  // that have bodies in it
    };

    OneFile& change(std::uint64_t file);
    std::string path_of(std::uint64_t file) const;
    Result<void> load(Database& database);
    Result<void> clear_away();
    Result<void> make_current();
    void judge(std::uint64_t number);

    std::string folder_;
    Statement update_, delete_;
    std::map<std::uint64_t, OneFile> files_;
    std::set<std::uint64_t> changed_;
    std::vector<std::uint64_t> doomed_;  // once the commit is done
    std::map<std::uint64_t, File> readers_;
    File current_;  // open: the last of `files_`
    std::set<std::uint64_t> wasteful_;
    std::uint64_t next_ = 1;  // numbers are never used again
    std::uint64_t bytes_ = 0;
    bool appended_ = false;
};

}  // namespace weft::store
