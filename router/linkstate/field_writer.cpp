#include "router/linkstate/field_writer.hpp"

#include <limits>

namespace weft::linkstate {

using wire::MessageSection;

FieldWriter::FieldWriter(Buffer& out, std::string_view opcode) : writer_{out} {
    writer_.descriptor(static_cast<std::uint64_t>(MessageSection::application_properties));
    const Mark properties = writer_.begin_map();
    writer_.string("opcode");
    writer_.string(opcode);
    writer_.end_shortest(properties);
    writer_.descriptor(static_cast<std::uint64_t>(MessageSection::amqp_value));
    body_ = writer_.begin_map();
}

void FieldWriter::speaker(const Speaker& from) {
    field("id", from.id);
    field("pv", from.version);
    field("area", from.area);
}

void FieldWriter::integer(std::int64_t value) {
    using Int = std::numeric_limits<std::int32_t>;
    if (value >= Int::min() && value <= Int::max()) {
        writer_.int_(static_cast<std::int32_t>(value));
    } else {
        writer_.long_(value);
    }
}

void FieldWriter::field(std::string_view name, std::int64_t value) {
    writer_.string(name);
    integer(value);
}

void FieldWriter::field(std::string_view name, const std::string& value) {
    writer_.string(name);
    writer_.string(value);
}

FieldWriter::Mark FieldWriter::open_list(std::string_view name) {
    writer_.string(name);
    return writer_.begin_list();
}

FieldWriter::Mark FieldWriter::open_map(std::string_view name) {
    writer_.string(name);
    return writer_.begin_map();
}

}  // namespace weft::linkstate
