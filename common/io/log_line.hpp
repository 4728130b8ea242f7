#pragma once

#include "common/io/log.hpp"

#include <string>

namespace weft::io {

// How a record looks as a line, without its end. Internal to common/io.

/// Peers choose parts of what is logged: line breaks and other controls of ASCII become spaces, and
/// what else a terminal would obey, or is no UTF-8, is escaped as weft::printable does it; what
/// exceeds `size_max` bytes is cut.
void make_one_line(std::string& text, std::size_t size_max);

/// "2026-07-28 09:35:59.123456 +0000 SERVER (info) text (listener.cpp:12)"
std::string text_line(const LogRecord& record, bool timestamp, bool source);

/// {"time":"2026-07-28T09:35:59.123456Z","module":"SERVER","level":"info","text":"...",
///  "source":"listener.cpp:12"}; bytes that are no UTF-8 become '?'.
std::string json_line(const LogRecord& record);

}  // namespace weft::io
