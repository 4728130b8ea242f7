#include "broker/store/reserve.hpp"

#include "common/base/conditions.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace weft::store {
namespace {

Result<std::uint64_t> ask_for_free(const std::string& folder) {
    struct statvfs found {};
    if (::statvfs(folder.c_str(), &found) != 0) {
        return fail(kInternalError, "'" + folder + "' can't be asked how much room it has: " +
                                        std::system_category().message(errno));
    }
    return std::uint64_t{found.f_bavail} * found.f_frsize;
}

std::string reserve_in(const std::string& folder) {
    return folder + "/reserve";
}

}  // namespace

Reserve::Reserve(std::string folder,
                 const Space::Options& options,
                 std::function<std::uint64_t()> free)
    : folder_{std::move(folder)}, options_{options}, free_{std::move(free)} {
    struct stat found {};
    if (::stat(reserve_in(folder_).c_str(), &found) == 0) {  // what it has, not how long it is
        size_ = static_cast<std::uint64_t>(found.st_blocks) * 512;
    }
}

Result<DiskUse> Reserve::look(DiskUse use) {
    if (auto measured = measure(use); !measured) {
        return tl::unexpected(measured.error());
    }
    switch (reserve_move(options_, use)) {
        case ReserveMove::none:
            return use;
        case ReserveMove::give_back:
            give_back();
            break;
        case ReserveMove::take:
            keep();
            break;
    }
    return measure(use).map([&] { return use; });
}

Result<void> Reserve::measure(DiskUse& use) const {
    WEFT_TRY(use.free, free_ ? free_() : ask_for_free(folder_));
    use.reserve = size_;
    return {};
}

/// All of it, or nothing.
void Reserve::keep() {
    const std::string name = reserve_in(folder_);
    const int file = ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) {
        return;
    }
    const bool kept = ::posix_fallocate(file, 0, static_cast<off_t>(options_.reserve)) == 0;
    ::close(file);
    size_ = kept ? options_.reserve : 0;
    if (!kept) {
        ::unlink(name.c_str());
    }
}

bool Reserve::give_back() {
    if (size_ == 0) {
        return false;
    }
    size_ = 0;
    return ::unlink(reserve_in(folder_).c_str()) == 0;
}

}  // namespace weft::store
