#pragma once

#include "common/base/result.hpp"

#include <string>

namespace weft::store {

/// The system's lock on a store's folder: one process has it, until it ends, however it ends.
/// Threading: not shared.
class FolderLock {
public:
    FolderLock() = default;
    /// Makes the folder, and those above it, if missing. Errors: with the path, and what to do.
    [[nodiscard]] static Result<FolderLock> take(const std::string& folder);
    FolderLock(FolderLock&& other) noexcept;
    FolderLock& operator=(FolderLock&& other) noexcept;
    ~FolderLock();

private:
    explicit FolderLock(int file) : file_{file} {}

    int file_ = -1;
};

}  // namespace weft::store
