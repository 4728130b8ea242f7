#include "tools/weft/messages/bodies.hpp"

#include "tools/weft/failure.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

namespace weft::tools {

Bodies::Bodies(std::vector<std::string> given, std::uint64_t copies)
    : given_{std::move(given)}, copies_{copies}, from_stdin_{given_.empty()} {}

const std::string* Bodies::next() {
    if (copies_left_ == 0 && !advance()) {
        return nullptr;
    }
    --copies_left_;
    return &current_;
}

bool Bodies::exhausted() const {
    const bool ended = from_stdin_ ? lines_.exhausted() : at_ == given_.size();
    return copies_left_ == 0 && (ended || copies_ == 0);
}

int Bodies::descriptor() const {
    return from_stdin_ && !exhausted() ? STDIN_FILENO : -1;
}

void Bodies::read() {
    std::array<char, 65536> bytes{};
    const ssize_t got = ::read(STDIN_FILENO, bytes.data(), bytes.size());
    if (got < 0 && errno != EINTR && errno != EAGAIN) {
        throw Failure(std::string{"cannot read standard input: "} + std::strerror(errno));
    }
    if (got > 0) {
        lines_.append({bytes.data(), static_cast<std::size_t>(got)});
    } else if (got == 0) {
        lines_.finish();
    }
}

bool Bodies::advance() {
    if (copies_ == 0) {
        return false;
    }
    if (from_stdin_) {
        std::optional<std::string> line = lines_.next();
        if (!line) {
            return false;
        }
        current_ = std::move(*line);
    } else if (at_ < given_.size()) {
        current_ = given_[at_++];
    } else {
        return false;
    }
    copies_left_ = copies_;
    return true;
}

}  // namespace weft::tools
