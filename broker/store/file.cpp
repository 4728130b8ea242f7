#include "broker/store/file.hpp"

#include "common/base/conditions.hpp"
#include "common/sqlite/database.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <new>
#include <utility>

namespace weft::store {
namespace {

constexpr std::size_t kCopiedAtOnce = std::size_t{1024} * 1024;
/// SQLite's files take no more than 128 KiB - 1 with one call.
constexpr std::size_t kCallBytesMax = std::size_t{64} * 1024;

sqlite3_vfs& disk() {
    return *sqlite3_vfs_find(nullptr);
}

}  // namespace

File::Open::Open(const std::string& at)
    : path{at},
      file{static_cast<sqlite3_file*>(std::calloc(1, static_cast<std::size_t>(disk().szOsFile)))} {
    if (file == nullptr) {
        throw std::bad_alloc{};
    }
}

File::Open::~Open() {
    if (file->pMethods != nullptr) {
        file->pMethods->xClose(file);
    }
    std::free(file);
}

Result<File> File::open(const std::string& path, Mode mode) {
    File file;
    file.open_ = std::make_unique<Open>(path);
    // Of the kinds that SQLite knows, this is the plain one: no locks, and one that was made is
    // in its folder for good with the first flush.
    const int flags =
        SQLITE_OPEN_SUPER_JOURNAL |
        (mode == Mode::write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY);
    const int code =
        disk().xOpen(&disk(), file.open_->path.c_str(), file.open_->file, flags, nullptr);
    if (auto opened = file.judge(code, "can't be opened"); !opened) {
        return tl::unexpected(opened.error());
    }
    return file;
}

Result<bool> File::remove(const std::string& path) {
    sqlite3_vfs& vfs = disk();
    const int code = vfs.xDelete(&vfs, path.c_str(), /*syncDir=*/0);
    if (code == SQLITE_OK) {
        return true;
    }
    if (code == SQLITE_IOERR_DELETE_NOENT) {
        return false;
    }
    return tl::unexpected(sqlite::disk_error(code, "'" + path + "' can't be deleted"));
}

Result<void> File::judge(int code, const char* what) const {
    if (code == SQLITE_OK) {
        return {};
    }
    return tl::unexpected(sqlite::disk_error(code, "'" + open_->path + "' " + what));
}

Result<void> File::write(Bytes bytes, std::uint64_t offset) {
    while (!bytes.empty()) {
        const Bytes part = bytes.first(std::min(bytes.size(), kCallBytesMax));
        const int code = calls().xWrite(open_->file, part.data(), static_cast<int>(part.size()),
                                        static_cast<sqlite3_int64>(offset));
        if (auto written = judge(code, "can't be written"); !written) {
            return written;
        }
        bytes = bytes.subspan(part.size());
        offset += part.size();
    }
    return {};
}

Result<std::size_t> File::read(std::span<std::uint8_t> to, std::uint64_t offset) {
    WEFT_TRY(const std::uint64_t size, this->size());
    const std::uint64_t there = size > offset ? size - offset : 0;
    const std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(to.size(), there));
    for (std::size_t done = 0; done < wanted;) {
        const std::size_t part = std::min(wanted - done, kCallBytesMax);
        const std::uint64_t at = offset + done;
        const int code = calls().xRead(open_->file, to.data() + done, static_cast<int>(part),
                                       static_cast<sqlite3_int64>(at));
        if (auto read = judge(code, "can't be read"); !read) {
            return tl::unexpected(read.error());
        }
        done += part;
    }
    return wanted;
}

Result<void> File::sync() {
    return judge(calls().xSync(open_->file, SQLITE_SYNC_NORMAL), "can't be flushed");
}

Result<void> File::cut(std::uint64_t size) {
    return judge(calls().xTruncate(open_->file, static_cast<sqlite3_int64>(size)), "can't be cut");
}

Result<std::uint64_t> File::size() {
    sqlite3_int64 size = 0;
    if (auto read = judge(calls().xFileSize(open_->file, &size), "has no size"); !read) {
        return tl::unexpected(read.error());
    }
    return static_cast<std::uint64_t>(size);
}

Result<void> flush_folder(const std::string& folder) {
    const int file = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool flushed = file >= 0 && ::fsync(file) == 0;
    if (file >= 0) {
        ::close(file);
    }
    if (!flushed) {
        return fail(kInternalError, "the folder '" + folder + "' can't be flushed");
    }
    return {};
}

Result<void> flush_anew(const std::string& path) {
    int there = 0;
    disk().xAccess(&disk(), path.c_str(), SQLITE_ACCESS_EXISTS, &there);
    if (there == 0) {
        return {};
    }
    WEFT_TRY(File file, File::open(path, File::Mode::write));
    Buffer part(kCopiedAtOnce);
    for (std::uint64_t at = 0;;) {
        WEFT_TRY(const std::size_t read, file.read(part, at));
        if (read == 0) {
            return file.sync();
        }
        if (auto written = file.write(Bytes{part}.first(read), at); !written) {
            return written;
        }
        at += read;
    }
}

}  // namespace weft::store
