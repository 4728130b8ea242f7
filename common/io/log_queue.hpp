#pragma once

#include "common/io/log.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

namespace weft::io {

// What the log has yet to write. Internal to common/io.

/// A record and how it is to look.
struct LogLine {
    std::shared_ptr<const LogRecord> record;
    Module module = Module::default_;
    bool timestamp = true;
    bool source = false;
    Log::Format format = Log::Format::text;

    /// With its end.
    std::string text() const;
};

/// The lines that wait for one output: so many bytes, and no more. What finds no room is counted,
/// and a line says so in its place, once that can be written.
///
/// Nobody's flood of lines pushes out what others have to say: a part of the room is for warnings
/// and worse alone, and a module has no more of it than all others leave free, but always a small
/// share. Each module has its own life, and its warnings another:
///
///   open ──a line finds no room──▶ leaving out ──half of it is free, or all was taken──▶ open
///
/// Threading: not shared (the log's writer guards it).
class LogQueue {
public:
    /// Of texts, and of what goes with each.
    static constexpr std::size_t kBytesMax = 4 * 1024 * 1024;
    static constexpr std::size_t kLineBytes = 128;
    /// One part of so many is for warnings and worse, and one is any module's.
    static constexpr std::size_t kWarningParts = 4;
    static constexpr std::size_t kModuleParts = 16;

    explicit LogQueue(std::size_t bytes_max = kBytesMax) : bytes_max_{bytes_max} {}

    /// False: `line` is left out.
    bool add(const LogLine& line) noexcept;
    /// The next to be written; its room is taken until `written`.
    std::optional<LogLine> take();
    void written(const LogLine& line);
    /// The output fails with that errno: the reason for what is left out until it works again.
    void set_failure(int error) { failure_ = error; }

    bool empty() const { return lines_.empty() && left_out_ == 0; }
    /// Lines that wait, without the one that tells what was left out.
    const std::deque<LogLine>& lines() const { return lines_; }
    std::size_t bytes() const { return bytes_; }

private:
    static std::size_t size_of(const LogLine& line) {
        return line.record->text.size() + kLineBytes;
    }
    /// A module's warnings, or its other lines.
    struct Part {
        std::size_t bytes = 0;       // of those that wait, or are being written
        std::uint64_t left_out = 0;  // lines
        LogLine last_left_out;
    };
    static bool is_warning(const LogLine& line) { return line.record->level >= Level::warning; }
    Part& part_of(const LogLine& line) {
        return parts_[static_cast<std::size_t>(line.module)][is_warning(line) ? 1 : 0];
    }
    bool has_room_for(const LogLine& line, const Part& part) const;
    void push(const LogLine& line);
    /// Adds the line that tells what was left out, in the looks of `like`.
    void tell_gap(Part& part, const LogLine& like);
    void tell_all_gaps();

    std::size_t bytes_max_;
    std::deque<LogLine> lines_;
    std::size_t bytes_ = 0;  // of those, and of what was taken and is not written yet
    double newest_ = 0;      // seconds: when the last one was said that was queued
    std::uint64_t left_out_ = 0;
    std::array<std::array<Part, 2>, kModulesMax>
        parts_;  // of those; by module, its warnings second
    int failure_ = 0;
};

}  // namespace weft::io
