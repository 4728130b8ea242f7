#include "common/io/log_line.hpp"

#include "common/base/printable.hpp"
#include "common/base/utf8.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>

namespace weft::io {

namespace {

std::string source_of(const LogRecord& record) {
    const std::string_view path{record.file};
    const auto slash = path.rfind('/');  // npos + 1 is 0
    return std::string{path.substr(slash + 1)} + ":" + std::to_string(record.line);
}

/// "2026-07-28 09:35:59.123456 +0000", as the host's clock shows it, or in UTC as RFC 3339 has it.
std::string time_text(double epoch_seconds, bool utc) {
    const auto seconds = static_cast<std::time_t>(std::floor(epoch_seconds));
    const auto micros =
        static_cast<unsigned>((epoch_seconds - static_cast<double>(seconds)) * 1e6) % 1'000'000U;
    std::tm parts{};
    if (utc) {
        ::gmtime_r(&seconds, &parts);
    } else {
        ::localtime_r(&seconds, &parts);
    }
    std::array<char, 64> date{};
    std::array<char, 16> zone{};
    std::array<char, 8> fraction{};
    std::snprintf(fraction.data(), fraction.size(), ".%06u", micros);
    if (utc) {
        std::strftime(date.data(), date.size(), "%Y-%m-%dT%H:%M:%S", &parts);
        return std::string{date.data()} + fraction.data() + "Z";
    }
    std::strftime(date.data(), date.size(), "%Y-%m-%d %H:%M:%S", &parts);
    std::strftime(zone.data(), zone.size(), " %z", &parts);
    return std::string{date.data()} + fraction.data() + zone.data();
}

/// Between two characters; true if there was more.
bool cut(std::string& text, std::size_t size_max) {
    if (text.size() <= size_max) {
        return false;
    }
    std::size_t size = size_max;
    while (size > 0 && (text[size] & '\xc0') == '\x80') {
        --size;
    }
    text.resize(size);
    return true;
}

/// `text` has no control characters any more.
std::string json_string(std::string_view text) {
    std::string quoted = "\"";
    while (!text.empty()) {
        const std::size_t size = utf8_size(text);
        if (size == 0) {
            quoted += '?';
        } else {
            quoted += text[0] == '"' || text[0] == '\\' ? "\\" : "";
            quoted += text.substr(0, size);
        }
        text.remove_prefix(std::max<std::size_t>(size, 1));
    }
    return quoted + '"';
}

}  // namespace

void make_one_line(std::string& text, std::size_t size_max) {
    const auto is_plain = [](char c) { return c >= ' ' && c <= '~'; };
    bool is_cut = cut(text, size_max);
    if (!std::ranges::all_of(text, is_plain)) {
        std::ranges::replace_if(
            text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
        text = printable(text);
        is_cut = cut(text, size_max) || is_cut;
    }
    text += is_cut ? "..." : "";
}

std::string text_line(const LogRecord& record, bool timestamp, bool source) {
    std::string line;
    if (timestamp) {
        line = time_text(record.epoch_seconds, /*utc=*/false) + " ";
    }
    line.append(record.module).append(" (").append(name_of(record.level)).append(") ");
    line += record.text;
    if (source) {
        line += " (" + source_of(record) + ")";
    }
    return line;
}

std::string json_line(const LogRecord& record) {
    std::string line = "{\"time\":\"";
    line += time_text(record.epoch_seconds, /*utc=*/true);
    line.append("\",\"module\":\"").append(record.module);
    line.append("\",\"level\":\"").append(name_of(record.level));
    line += "\",\"text\":" + json_string(record.text);
    line += ",\"source\":" + json_string(source_of(record)) + "}";
    return line;
}

}  // namespace weft::io
