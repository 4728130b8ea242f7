#include "tools/weft/messages/line_splitter.hpp"

#include "tools/weft/failure.hpp"

namespace weft::tools {

void LineSplitter::append(std::string_view bytes) {
    pending_.erase(0, at_);
    at_ = 0;
    pending_ += bytes;
    if (pending_.size() > kLineBytesMax && pending_.find('\n') == std::string::npos) {
        throw Failure("a line of standard input is longer than 64 MiB");
    }
}

std::optional<std::string> LineSplitter::next() {
    const std::size_t end = pending_.find('\n', at_);
    if (end == std::string::npos && (!finished_ || exhausted())) {
        return std::nullopt;
    }
    std::string line = pending_.substr(at_, end == std::string::npos ? end : end - at_);
    at_ = end == std::string::npos ? pending_.size() : end + 1;
    if (end != std::string::npos && line.ends_with('\r')) {
        line.pop_back();
    }
    return line;
}

}  // namespace weft::tools
