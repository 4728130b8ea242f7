#include "common/sqlite/folder_lock.hpp"

#include "common/base/conditions.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

namespace weft::sqlite {

Result<FolderLock> FolderLock::take(const std::string& folder, std::string_view holder) {
    std::error_code failed;
    std::filesystem::create_directories(folder, failed);
    if (failed) {
        return fail(kInternalError,
                    "the store's folder '" + folder + "' can't be made: " + failed.message());
    }
    const std::string name = folder + "/lock";
    const int file = ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) {
        return fail(kInternalError, "'" + name + "' can't be opened for writing: " +
                                        std::system_category().message(errno));
    }
    FolderLock lock{file};
    if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
        return fail(kResourceLocked, "the store in '" + folder + "' is in use by another " +
                                         std::string{holder} +
                                         ": stop that one, or name another folder in "
                                         "/store/path");
    }
    return lock;
}

FolderLock::FolderLock(FolderLock&& other) noexcept : file_{std::exchange(other.file_, -1)} {}

FolderLock& FolderLock::operator=(FolderLock&& other) noexcept {
    std::swap(file_, other.file_);
    return *this;
}

FolderLock::~FolderLock() {
    if (file_ >= 0) {
        ::close(file_);
    }
}

}  // namespace weft::sqlite
