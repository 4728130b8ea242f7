#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace weft::tools {

/// Cuts a stream of bytes into lines. A last line without a line feed counts; a carriage return
/// before the line feed is dropped.
/// Limit: kLineBytesMax; a longer line throws Failure.
/// Threading: not shared.
class LineSplitter {
public:
    static constexpr std::size_t kLineBytesMax = std::size_t{64} * 1024 * 1024;

    void append(std::string_view bytes);

    /// No more bytes will come.
    void finish() { finished_ = true; }

    /// The next whole line; none: more bytes are needed, or, once finished, there is none.
    std::optional<std::string> next();

    /// True once every line has been handed out and no more can come.
    bool exhausted() const { return finished_ && at_ == pending_.size(); }

private:
    std::string pending_;
    std::size_t at_ = 0;  // where the next line begins
    bool finished_ = false;
};

}  // namespace weft::tools
