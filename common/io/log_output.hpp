#pragma once

#include "common/base/result.hpp"
#include "common/io/log.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace weft::io {

// Where the log's lines go. Internal to common/io.

/// One place that takes lines. Threading: not shared (the log's writer has it).
class LogOutput {
public:
    struct Written {
        std::size_t size = 0;  // bytes that it took
        int error = 0;         // why not more; EAGAIN: they must wait
    };

    LogOutput() = default;
    LogOutput(const LogOutput&) = delete;
    LogOutput& operator=(const LogOutput&) = delete;
    virtual ~LogOutput() = default;

    /// Takes as much of `text` as it can without waiting for whoever reads it.
    virtual Written write(std::string_view text, Level level) = 0;
};

/// A file, pipe, socket or terminal.
///
/// Others may share what is behind it, so it is left in the mode that it has: a pipe is asked
/// whether it has room, a socket is told not to wait.
class DescriptorOutput final : public LogOutput {
public:
    enum class Ownership : std::uint8_t { closed, left_open };

    /// What becomes of `descriptor` when this goes.
    DescriptorOutput(int descriptor, Ownership in_the_end);
    ~DescriptorOutput() override;

    Written write(std::string_view text, Level level) override;

private:
    enum class Kind : std::uint8_t { file, socket, other };

    static Kind kind_of(int descriptor);

    int descriptor_;
    Ownership in_the_end_;
    Kind kind_;
};

/// Outputs that are no files: `stderr`, `stdout`, `syslog`.
bool is_named_output(std::string_view name);

/// One of those, or the path of a file, which is made if it is missing and appended to; a device or
/// FIFO will do, if somebody reads it. Errors: amqp:invalid-field, with the reason.
Result<std::unique_ptr<LogOutput>> open_output(const std::string& name);

/// The file `name` in `folder`, and nothing that a name can be made to lead to: no link, device or
/// FIFO. `name` has no slash. Errors: as open_output.
Result<std::unique_ptr<LogOutput>> open_output_in(const std::string& folder,
                                                  const std::string& name);

}  // namespace weft::io
