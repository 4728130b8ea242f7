#include "common/io/rotating_output.hpp"

#include "common/base/conditions.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace weft::io {

Result<std::unique_ptr<RotatingOutput>> RotatingOutput::open(const std::string& path,
                                                             LineFile::Limits limits) {
    std::unique_ptr<RotatingOutput> output{new RotatingOutput{path, limits}};
    if (const int error = output->begin(); error != 0) {
        return fail(kInvalidField, path + " can't be opened: " + std::strerror(error));
    }
    return output;
}

int RotatingOutput::begin() {
    constexpr int kFlags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    const int descriptor = ::open(path_.c_str(), kFlags, 0600);
    if (descriptor < 0) {
        return errno;
    }
    auto file = std::make_unique<DescriptorOutput>(descriptor, DescriptorOutput::Ownership::closed);
    struct stat facts {};
    if (::fstat(descriptor, &facts) != 0) {
        return errno;
    }
    if (!S_ISREG(facts.st_mode)) {
        return EINVAL;
    }
    file_ = std::move(file);
    bytes_ = static_cast<std::uint64_t>(facts.st_size);
    device_ = facts.st_dev;
    inode_ = facts.st_ino;
    return 0;
}

bool RotatingOutput::is_there() const {
    struct stat facts {};
    return ::stat(path_.c_str(), &facts) == 0 && facts.st_dev == device_ && facts.st_ino == inode_;
}

int RotatingOutput::turn_over() {
    if (limits_.files < 2) {
        if (::unlink(path_.c_str()) != 0 && errno != ENOENT) {
            return errno;
        }
    } else {
        for (unsigned n = limits_.files - 1; n > 0; --n) {
            const std::string from = n == 1 ? path_ : numbered(n - 1);
            if (::rename(from.c_str(), numbered(n).c_str()) != 0 && errno != ENOENT) {
                return errno;
            }
        }
    }
    file_.reset();
    return 0;
}

LogOutput::Written RotatingOutput::write(std::string_view text, Level level) {
    if (file_ && !in_line_ && !is_there()) {
        file_.reset();
    }
    if (file_ && !in_line_ && bytes_ > 0 && bytes_ + text.size() > limits_.bytes) {
        if (const int error = turn_over(); error != 0) {
            return {.error = error};
        }
    }
    if (!file_) {
        if (const int error = begin(); error != 0) {
            return {.error = error};
        }
    }
    const Written written = file_->write(text, level);
    bytes_ += written.size;
    if (written.size > 0) {
        in_line_ = text[written.size - 1] != '\n';
    }
    return written;
}

}  // namespace weft::io
