#pragma once

#include "common/base/bytes.hpp"
#include "common/base/result.hpp"

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace weft::store {

/// A file beside the database. It is reached as SQLite reaches its own, so that whoever puts a disk
/// of his own beneath SQLite has all of a store. Errors: with the path, in the words of
/// Database::error. Threading: one thread at a time.
class File {
public:
    enum class Mode : std::uint8_t { read, write };  // write: makes it if it is missing

    File() = default;
    [[nodiscard]] static Result<File> open(const std::string& path, Mode mode);
    /// True if it was there.
    [[nodiscard]] static Result<bool> remove(const std::string& path);

    [[nodiscard]] Result<void> write(Bytes bytes, std::uint64_t offset);
    /// As many as there are; the number.
    [[nodiscard]] Result<std::size_t> read(std::span<std::uint8_t> to, std::uint64_t offset);
    /// What was written is on the disk; of one that was made, that it is there, too.
    [[nodiscard]] Result<void> sync();
    [[nodiscard]] Result<void> cut(std::uint64_t size);
    [[nodiscard]] Result<std::uint64_t> size();
    bool is_open() const { return open_ != nullptr; }

private:
    struct Open {
        explicit Open(const std::string& at);
        Open(const Open&) = delete;
        Open& operator=(const Open&) = delete;
        ~Open();

        std::string path;  // SQLite keeps where it stands
        sqlite3_file* file;
    };

    Result<void> judge(int code, const char* what) const;
    const sqlite3_io_methods& calls() const { return *open_->file->pMethods; }

    std::unique_ptr<Open> open_;
};

/// The names in it are on the disk.
[[nodiscard]] Result<void> flush_folder(const std::string& folder);

/// Writes again what a file has, and flushes that: a flush that failed in an earlier process may
/// have left bytes that can be read and are not on the disk. No file is nothing to do.
[[nodiscard]] Result<void> flush_anew(const std::string& path);

}  // namespace weft::store
