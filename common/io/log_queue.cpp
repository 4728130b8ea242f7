#include "common/io/log_queue.hpp"

#include "common/io/log_line.hpp"

#include <cstring>
#include <exception>
#include <utility>

namespace weft::io {

std::string LogLine::text() const {
    return (format == Log::Format::json ? json_line(*record)
                                        : text_line(*record, timestamp, source)) +
           "\n";
}

bool LogQueue::add(const LogLine& line) noexcept {
    const std::size_t most = left_out_ > 0 ? bytes_max_ / 2 : bytes_max_;
    try {
        if (bytes_ + size_of(line) <= most) {
            if (left_out_ > 0) {
                tell_gap(line);
            }
            push(line);
            return true;
        }
    } catch (const std::exception&) {  // no memory: no room either
    }
    ++left_out_;
    last_left_out_ = line;
    return false;
}

std::optional<LogLine> LogQueue::take() {
    if (lines_.empty() && left_out_ > 0) {
        tell_gap(last_left_out_);
    }
    if (lines_.empty()) {
        return std::nullopt;
    }
    LogLine line = std::move(lines_.front());
    lines_.pop_front();
    return line;
}

void LogQueue::push(const LogLine& line) {
    lines_.push_back(line);
    bytes_ += size_of(line);
}

void LogQueue::written(const LogLine& line) {
    bytes_ -= size_of(line);
    if (left_out_ == 0) {
        failure_ = 0;
    }
}

void LogQueue::tell_gap(const LogLine& like) {
    LogLine line = like;
    std::string text =
        std::to_string(left_out_) + (left_out_ == 1 ? " line" : " lines") +
        " left out: " + (failure_ == 0 ? "the output is too slow" : std::strerror(failure_));
    line.record = std::make_shared<const LogRecord>(LogRecord{"DEFAULT", Level::warning,
                                                              std::move(text), __FILE__, __LINE__,
                                                              like.record->epoch_seconds});
    push(line);
    left_out_ = 0;
    last_left_out_ = {};
    failure_ = 0;
}

}  // namespace weft::io
