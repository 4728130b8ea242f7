#pragma once

#include "common/wire/message.hpp"
#include "tests/unit/wire/hex.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <string>
#include <string_view>
#include <vector>

/// docs/protocol.md, which shows messages as text and as bytes.
namespace weft::wire {

struct Example {
    std::string shown;  // "to: …", "opcode: …", a line each
    Buffer bytes;
};

inline bool next_line(std::istream& in, std::string& line) {
    return static_cast<bool>(std::getline(in, line)) && line != "```";
}

/// The blocks ```message and ```hex of the page, which stand in pairs, behind the line `heading`
/// and up to the next of its level.
inline std::vector<Example> examples(const std::string& source, std::string_view heading) {
    std::ifstream page{source + "/docs/protocol.md"};
    REQUIRE(page.good());
    std::vector<Example> found;
    std::string line;
    bool is_there = false;
    while (std::getline(page, line)) {
        if (line.starts_with("## ")) {
            is_there = line == heading;
        } else if (is_there && line == "```message") {
            Example& example = found.emplace_back();
            while (next_line(page, line)) {
                example.shown += line + "\n";
            }
        } else if (is_there && line == "```hex") {
            REQUIRE(!found.empty());
            while (next_line(page, line)) {
                append(found.back().bytes, hex(line));
            }
        }
    }
    return found;
}

/// The message as the page shows it.
inline std::string as_shown(Bytes bytes) {
    const auto message = decode_message(bytes);
    REQUIRE(message.has_value());
    const auto line = [](std::string_view name, const Value* value) {
        return value == nullptr ? "" : std::string{name} + ": " + to_string(*value) + "\n";
    };
    const Map& annotations = message->message_annotations;
    const Value to{message->to.value_or("")};
    return line("ingress", find(annotations, "x-opt-qd.ingress")) +
           line("trace", find(annotations, "x-opt-qd.trace")) + line("to", &to) +
           line("opcode", find(message->application_properties, "opcode")) +
           line("body", &std::get<Value>(message->body));
}

}  // namespace weft::wire
