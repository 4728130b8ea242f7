#pragma once

#include "common/wire/writer.hpp"
#include "router/linkstate/messages.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace weft::linkstate {

/// Appends the content of a control message, field by field.
///
/// Keys are strings and integers are int or, if they do not fit, long: originals take no others in
/// all places. Threading: not shared.
class FieldWriter {
public:
    using Mark = wire::Writer::Mark;

    /// Begins the content: what kind of message it is, and its body.
    FieldWriter(Buffer& out, std::string_view opcode);
    /// The body has all its fields.
    void end() { writer_.end_shortest(body_); }

    void speaker(const Speaker& from);
    void field(std::string_view name, std::int64_t value);
    void field(std::string_view name, const std::string& value);

    // A field that is a list or a map. It is to be closed when it has all its elements.
    Mark open_list(std::string_view name);
    Mark open_map(std::string_view name);
    void element(std::string_view value) { writer_.string(value); }
    void element(Hint value) { integer(static_cast<std::int64_t>(value)); }
    void close(Mark mark) { writer_.end_shortest(mark); }

private:
    void integer(std::int64_t value);

    wire::Writer writer_;
    Mark body_;
};

}  // namespace weft::linkstate
