#pragma once

#include "common/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace weft::io {

/// A file of lines that is appended to without waiting, and turned over before it is too large:
///
///   audit.log ──full──▶ audit.log.1 ──▶ audit.log.2 ──▶ … ──▶ the last one is deleted
///
/// A thread of its own writes. While the file can't be written lines wait, 3 MiB at most, and it is
/// tried again each second; what finds no room is left out and counted, and a line
/// `{"leftOut":N,"reason":…}` stands in its place. Threading: any thread.
class LineFile {
public:
    struct Limits {
        std::uint64_t bytes = std::uint64_t{64} << 20;  // of each file
        unsigned files = 5;                             // in all, from 1
    };

    /// Opens or makes the file (0600), to append to it. Errors: amqp:invalid-field, with the
    /// reason.
    [[nodiscard]] static Result<std::unique_ptr<LineFile>> open(const std::string& path,
                                                                Limits limits);
    /// Writes what is queued, for a second at most.
    ~LineFile();
    LineFile(const LineFile&) = delete;
    LineFile& operator=(const LineFile&) = delete;

    /// `line` has no line break. False: it is left out.
    bool write(std::string line);
    /// Lines that were left out, and times that the file could not be written.
    std::uint64_t dropped() const;
    std::uint64_t failures() const;

private:
    struct State;
    explicit LineFile(std::unique_ptr<State> state);

    std::unique_ptr<State> state_;
};

}  // namespace weft::io
