#include "common/daemon/file_watch.hpp"

#include <dirent.h>
#include <sys/stat.h>

#include <memory>
#include <utility>

namespace weft::daemon {
namespace {

using Folder = std::unique_ptr<DIR, decltype([](DIR* folder) { ::closedir(folder); })>;

std::int64_t nanoseconds(const timespec& time) {
    constexpr std::int64_t kSecond = 1'000'000'000;
    return time.tv_sec * kSecond + time.tv_nsec;
}

std::uint64_t mixed(std::uint64_t a, std::uint64_t b) {
    constexpr std::uint64_t kOdd = 0x9E3779B97F4A7C15U;
    return (a ^ (b + kOdd + (a << 6U) + (a >> 2U))) * kOdd;
}

FileStamp stamp_of(const struct stat& facts) {
    return {.what = mixed(facts.st_dev, facts.st_ino),
            .size = static_cast<std::uint64_t>(facts.st_size),
            .changed_at = std::max(nanoseconds(facts.st_mtim), nanoseconds(facts.st_ctim))};
}

}  // namespace

FileStamp stamp_of(const std::string& path) {
    struct stat facts {};
    if (::stat(path.c_str(), &facts) != 0) {
        return {};
    }
    FileStamp whole = stamp_of(facts);
    const Folder folder{S_ISDIR(facts.st_mode) ? ::opendir(path.c_str()) : nullptr};
    std::uint64_t sum = 0;  // in whatever order they come
    for (std::size_t i = 0; folder && i < kStampedMax; ++i) {
        const dirent* const entry = ::readdir(folder.get());
        if (entry == nullptr) {
            break;
        }
        if (entry->d_name[0] != '.' &&
            ::fstatat(::dirfd(folder.get()), entry->d_name, &facts, 0) == 0) {
            const FileStamp each = stamp_of(facts);
            sum += mixed(mixed(each.what, each.size), static_cast<std::uint64_t>(each.changed_at));
        }
    }
    whole.what += sum;
    return whole;
}

std::vector<std::string> FileWatch::changed(const std::vector<std::string>& paths) {
    std::vector<std::string> told;
    std::map<std::string, Known> known;
    for (const std::string& path : paths) {
        const FileStamp now = stamp_(path);
        const auto before = known_.find(path);
        Known each = before == known_.end() ? Known{now, now} : before->second;
        if (now != each.told && now == each.last && !known.contains(path)) {
            each.told = now;
            told.push_back(path);
        }
        each.last = now;
        known.emplace(path, each);
    }
    known_ = std::move(known);
    return told;
}

void FileWatch::know(const std::vector<std::string>& paths) {
    known_.clear();
    for (const std::string& path : paths) {
        const FileStamp now = stamp_(path);
        known_.emplace(path, Known{now, now});
    }
}

}  // namespace weft::daemon
