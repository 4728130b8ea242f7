#include "common/sqlite/folder_lock.hpp"

#include "common/base/conditions.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

namespace weft::sqlite {
namespace {

tl::unexpected<Error> not_opened(const std::string& name) {
    return fail(kInternalError, "'" + name + "' can't be opened for writing: " +
                                    std::system_category().message(errno));
}

/// Whether `file` is still what that name means.
bool is_at(int file, const std::string& name) {
    struct stat open {};
    struct stat named {};
    return ::fstat(file, &open) == 0 && ::stat(name.c_str(), &named) == 0 &&
           open.st_dev == named.st_dev && open.st_ino == named.st_ino;
}

}  // namespace

Result<FolderLock> FolderLock::take(const std::string& folder, std::string_view holder) {
    std::error_code failed;
    std::filesystem::create_directories(folder, failed);
    if (failed) {
        return fail(kInternalError,
                    "the store's folder '" + folder + "' can't be made: " + failed.message());
    }
    const std::string name = folder + "/lock";
    for (;;) {
        const int file = ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (file < 0) {
            return not_opened(name);
        }
        FolderLock lock{file};
        if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
            return fail(kResourceLocked, "the store in '" + folder + "' is in use by another " +
                                             std::string{holder} +
                                             ": stop that one, or name another folder in "
                                             "/store/path");
        }
        if (is_at(file, name)) {  // else it was replaced meanwhile
            return lock;
        }
    }
}

Result<FolderLock> FolderLock::replace(const std::string& folder) {
    const std::string name = folder + "/lock";
    const std::string fresh = name + ".new";
    ::unlink(fresh.c_str());
    const int file = ::open(fresh.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) {
        return not_opened(fresh);
    }
    FolderLock lock{file};
    if (::flock(file, LOCK_EX | LOCK_NB) != 0 || ::rename(fresh.c_str(), name.c_str()) != 0 ||
        !is_at(file, name)) {  // else another one's was renamed
        return fail(kInternalError,
                    "'" + name + "' can't be replaced: " + std::system_category().message(errno));
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
