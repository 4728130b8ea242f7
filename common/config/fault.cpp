#include "common/config/fault.hpp"

#include "common/base/assert.hpp"
#include "common/base/text.hpp"

#include <utility>

namespace weft::config {

namespace {

/// `text` with control characters and quotes escaped, cut to `bytes_max`.
std::string one_line(std::string_view text, std::size_t bytes_max) {
    std::string out;
    for (const char c : text.substr(0, bytes_max)) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f) {
            out += "\\x";
            append_hex(out, byte);
        } else {
            out += c;
        }
    }
    if (text.size() > bytes_max) {
        out += "…";
    }
    return out;
}

}  // namespace

std::string quote(std::string_view text) {
    return "\"" + one_line(text, kQuotedMax) + "\"";
}

std::string Fault::to_line() const {
    std::string line_text = file;
    if (line > 0) {
        line_text += ":" + std::to_string(line);
    }
    line_text += severity == Severity::warning ? ": warning: " : ": ";
    if (!pointer.empty()) {
        line_text += one_line(pointer, kPointerMax) + ": ";
    }
    return line_text + text;
}

std::uint32_t Faults::add_file(std::string name) {
    files_.push_back(std::move(name));
    return static_cast<std::uint32_t>(files_.size() - 1);
}

void Faults::error(Place place, std::string_view pointer, std::string_view text) {
    ++errors_;
    add(Severity::error, place, pointer, text);
}

void Faults::warn(Place place, std::string_view pointer, std::string_view text) {
    add(Severity::warning, place, pointer, text);
}

void Faults::add(Severity severity,
                 Place place,
                 std::string_view pointer,
                 std::string_view text) {
    WEFT_CHECK(place.file < files_.size());
    if (list_.size() == kFaultsMax) {
        ++omitted_;
        return;
    }
    list_.push_back(
        {severity, files_[place.file], place.line, std::string{pointer}, one_line(text, kTextMax)});
}

std::vector<std::string> Faults::lines() const {
    std::vector<std::string> lines;
    lines.reserve(list_.size() + 1);
    for (const Fault& fault : list_) {
        lines.push_back(fault.to_line());
    }
    if (omitted_ > 0) {
        lines.push_back("and " + std::to_string(omitted_) + " more");
    }
    return lines;
}

}  // namespace weft::config
