#include "tools/weft/whole_file.hpp"

#include "tools/weft/failure.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string_view>

namespace weft::tools {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kModeBits = 07777;

std::string why() {
    return std::strerror(errno);
}

fs::path folder_of(const fs::path& path) {
    return path.has_parent_path() ? path.parent_path() : fs::path{"."};
}

/// A descriptor, closed at the end. Throws Failure if there is none.
class Opened {
public:
    Opened(const fs::path& path, int flags, mode_t mode = 0)
        : number_{::open(path.c_str(), flags | O_CLOEXEC, mode)} {
        if (number_ < 0) {
            throw Failure(path.string() + ": " + why());
        }
    }
    ~Opened() { ::close(number_); }
    Opened(const Opened&) = delete;
    Opened& operator=(const Opened&) = delete;

    int number() const { return number_; }

private:
    int number_;
};

bool write_all(int file, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(file, text.data(), text.size());
        if (written < 0 && errno != EINTR) {
            return false;
        }
        text.remove_prefix(written > 0 ? static_cast<std::size_t>(written) : 0);
    }
    return true;
}

/// Empty: it is done; else why not.
std::string fill(const fs::path& beside,
                 const std::string& text,
                 mode_t mode,
                 const struct stat* as) {
    const Opened file{beside, O_WRONLY | O_CREAT | O_EXCL, mode};
    if (as != nullptr) {
        const bool same = as->st_uid == ::geteuid() && as->st_gid == ::getegid();
        if (!same && ::fchown(file.number(), as->st_uid, as->st_gid) != 0) {
            return "can't keep its owner (" + why() + "); run this as its owner, or as root";
        }
        if (::fchmod(file.number(), as->st_mode & kModeBits) != 0) {
            return why();
        }
    }
    return write_all(file.number(), text) && ::fsync(file.number()) == 0 ? "" : why();
}

}  // namespace

void write_whole(const fs::path& path, const std::string& text, mode_t mode) {
    std::error_code unresolved;
    const fs::path real = fs::canonical(path, unresolved);  // a link goes on to lead there
    const fs::path target = unresolved ? path : real;
    struct stat old {};
    const bool is_there = ::stat(target.c_str(), &old) == 0;
    const fs::path beside = target.string() + ".new";
    ::unlink(beside.c_str());
    std::string fault = fill(beside, text, mode, is_there ? &old : nullptr);
    if (fault.empty() && ::rename(beside.c_str(), target.c_str()) != 0) {
        fault = why();
    }
    if (!fault.empty()) {
        ::unlink(beside.c_str());
        throw Failure(target.string() + ": " + fault);
    }
    const Opened folder{folder_of(target), O_RDONLY | O_DIRECTORY};
    if (::fsync(folder.number()) != 0) {
        throw Failure(folder_of(target).string() + ": " + why());
    }
}

FolderGuard::FolderGuard(const fs::path& folder)
    : descriptor_{::open((folder.empty() ? fs::path{"."} : folder).c_str(),
                         O_RDONLY | O_DIRECTORY | O_CLOEXEC)} {
    if (descriptor_ < 0) {
        throw Failure(folder.string() + ": " + why());
    }
    while (::flock(descriptor_, LOCK_EX) != 0) {
        if (errno != EINTR) {
            const std::string reason = why();
            ::close(descriptor_);
            throw Failure(folder.string() + ": can't be locked: " + reason);
        }
    }
}

FolderGuard::~FolderGuard() {
    ::close(descriptor_);
}

}  // namespace weft::tools
