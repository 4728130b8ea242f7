#include "common/io/log_queue.hpp"

#include "common/io/log_line.hpp"

#include <algorithm>
#include <cstring>
#include <exception>
#include <utility>

namespace weft::io {

std::string LogLine::text() const {
    if (format == Log::Format::bare) {
        return record->text + "\n";
    }
    return (format == Log::Format::json ? json_line(*record)
                                        : text_line(*record, timestamp, source)) +
           "\n";
}

bool LogQueue::add(const LogLine& line) noexcept {
    Part& part = part_of(line);
    try {
        if (has_room_for(line, part)) {
            if (part.left_out > 0) {
                tell_gap(part, line);
            }
            push(line);
            return true;
        }
    } catch (const std::exception&) {  // no memory: no room either
    }
    ++left_out_;
    ++part.left_out;
    part.last_left_out = line;
    return false;
}

bool LogQueue::has_room_for(const LogLine& line, const Part& part) const {
    const std::size_t most =
        is_warning(line) ? bytes_max_ : bytes_max_ - bytes_max_ / kWarningParts;
    const std::size_t free = most - std::min(most, bytes_);
    const std::size_t share = std::max(most / kModuleParts, free);
    const std::size_t size = size_of(line);
    return size <= free && part.bytes + size <= (part.left_out > 0 ? share / 2 : share);
}

std::optional<LogLine> LogQueue::take() {
    if (lines_.empty() && left_out_ > 0) {
        tell_all_gaps();
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
    newest_ = std::max(newest_, line.record->epoch_seconds);
    bytes_ += size_of(line);
    part_of(line).bytes += size_of(line);
}

void LogQueue::written(const LogLine& line) {
    bytes_ -= size_of(line);
    part_of(line).bytes -= size_of(line);
    if (left_out_ == 0) {
        failure_ = 0;
    }
}

void LogQueue::tell_all_gaps() {
    for (auto& of_module : parts_) {
        for (Part& part : of_module) {
            if (part.left_out > 0) {
                tell_gap(part, LogLine{part.last_left_out});
            }
        }
    }
}

void LogQueue::tell_gap(Part& part, const LogLine& like) {
    LogLine line = like;
    const std::string why = failure_ == 0 ? "the output is too slow" : std::strerror(failure_);
    std::string text = std::to_string(part.left_out) + (part.left_out == 1 ? " line" : " lines") +
                       " left out: " + why;
    if (line.format == Log::Format::bare) {  // of a file whose lines are objects
        text = "{\"leftOut\":" + std::to_string(part.left_out) + ",\"reason\":\"" + why + "\"}";
    }
    // It stands behind others of other modules, which may be younger.
    const double seconds = std::max(newest_, like.record->epoch_seconds);
    line.record = std::make_shared<const LogRecord>(
        LogRecord{"DEFAULT", Level::warning, std::move(text), __FILE__, __LINE__, seconds});
    push(line);
    left_out_ -= std::exchange(part.left_out, 0);
    part.last_left_out = {};
    failure_ = left_out_ == 0 ? 0 : failure_;
}

}  // namespace weft::io
