#pragma once

#include "common/base/result.hpp"

#include <string>
#include <string_view>

namespace weft::sqlite {

/// The system's lock on a store's folder: one process has it, until it ends, however it ends.
/// Threading: not shared.
class FolderLock {
public:
    FolderLock() = default;
    /// Makes the folder, and those above it, if missing. `holder`: what kind of program has such a
    /// store, "broker", and names its folder in /store/path. Errors: with the path, and what to do.
    [[nodiscard]] static Result<FolderLock> take(const std::string& folder,
                                                 std::string_view holder);
    /// Whoever has the lock of a folder keeps one that nobody asks for any more, and this one has
    /// the folder's. One at a time; only where it is known that the other one's says nothing.
    /// Errors: with the path.
    [[nodiscard]] static Result<FolderLock> replace(const std::string& folder);
    FolderLock(FolderLock&& other) noexcept;
    FolderLock& operator=(FolderLock&& other) noexcept;
    ~FolderLock();

private:
    explicit FolderLock(int file) : file_{file} {}

    int file_ = -1;
};

}  // namespace weft::sqlite
