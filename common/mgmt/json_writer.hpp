#pragma once

#include "common/wire/value.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace weft::mgmt {

/// Writes JSON as text, value by value, without a tree in between; see json.hpp for what becomes
/// of AMQP's types. Costs what the text costs. Threading: not shared (a value). Spec: RFC 8259
class JsonWriter {
public:
    /// `indent` below 0: all on one line.
    explicit JsonWriter(int indent) : indent_{indent} {}

    /// '[' or '{': what it holds follows, each after `element` or `member`.
    void open(char bracket);
    void close(char bracket);
    void element();
    void member(std::string_view name);
    void value(const wire::Value& value);
    /// Any text in quotes; what is no UTF-8 is replaced.
    void string(std::string_view text);
    void number(double value);
    /// As it stands.
    void raw(std::string_view text) { text_ += text; }

    std::size_t size() const { return text_.size(); }
    std::string take() { return std::move(text_); }

private:
    void begin_line();

    std::string text_;
    int indent_;
    std::size_t depth_ = 0;
    bool empty_ = true;  // nothing stands in the innermost brackets yet
};

}  // namespace weft::mgmt
