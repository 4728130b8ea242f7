#include "common/daemon/metrics_writer.hpp"

#include "common/base/text.hpp"
#include "common/base/utf8.hpp"

#include <algorithm>
#include <cstddef>

namespace weft::daemon {
namespace {

/// The value of a label: any text; quotes, backslashes and line breaks are escaped. What is not
/// text appears as "\\xff": clients choose these bytes, and one that is no UTF-8 would make the
/// whole page unreadable.
void append_escaped(std::string& out, std::string_view value) {
    while (!value.empty()) {
        const std::size_t size = utf8_size(value);
        const char c = value.front();
        if (size == 0) {
            out += "\\\\x";
            append_hex(out, static_cast<std::uint8_t>(c));
        } else if (c == '\n') {
            out += "\\n";
        } else if (c == '\\' || c == '"') {
            out.append({'\\', c});
        } else {
            out += value.substr(0, size);
        }
        value.remove_prefix(std::max<std::size_t>(size, 1));
    }
}

}  // namespace

void MetricsWriter::family(std::string_view name, std::string_view kind, std::string_view help) {
    text_.append("# HELP ").append(name).append(" ").append(help).append("\n");
    text_.append("# TYPE ").append(name).append(" ").append(kind).append("\n");
}

void MetricsWriter::sample(std::string_view name,
                           std::initializer_list<Label> labels,
                           std::uint64_t value) {
    text_.append(name);
    char before = '{';
    for (const auto& [label, content] : labels) {
        text_ += before;
        text_.append(label).append("=\"");
        append_escaped(text_, content);
        text_ += '"';
        before = ',';
    }
    text_.append(labels.size() == 0 ? " " : "} ").append(std::to_string(value)).append("\n");
}

void MetricsWriter::gauge(std::string_view name, std::string_view help, std::uint64_t value) {
    family(name, "gauge", help);
    sample(name, {}, value);
}

void MetricsWriter::counter(std::string_view name, std::string_view help, std::uint64_t value) {
    family(name, "counter", help);
    sample(name, {}, value);
}

}  // namespace weft::daemon
