#pragma once

#include "tools/weft/messages/line_splitter.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace weft::tools {

/// The bodies to send: those given, or, if none is, the lines of standard input as they come.
/// Each comes `copies` times in a row.
/// Threading: not shared.
class Bodies {
public:
    Bodies(std::vector<std::string> given, std::uint64_t copies);

    /// Null: none at the moment; see `exhausted`. Valid until the next call.
    const std::string* next();

    /// True once no body is left and none will come.
    bool exhausted() const;

    /// What to wait for when `next` has none; -1 if nothing more can come from there.
    int descriptor() const;

    /// Reads what standard input has; to be called when it is readable.
    void read();

private:
    bool advance();

    std::vector<std::string> given_;
    std::uint64_t copies_;
    bool from_stdin_;
    std::size_t at_ = 0;  // of given_
    LineSplitter lines_;
    std::string current_;
    std::uint64_t copies_left_ = 0;  // of current_
};

}  // namespace weft::tools
