#include "mqtt-gateway/codec/field_reader.hpp"

namespace weft::mqtt {

void FieldReader::fail(Reason reason,
                       std::string_view field,
                       std::string_view what,
                       std::size_t at) noexcept {
    if (!failed_) {
        failed_ = true;
        fault_.reason = reason;
        fault_.field = field;
        fault_.what = what;
        fault_.at = at;
    }
}

bool FieldReader::need(std::size_t size, std::string_view field) noexcept {
    if (left() < size) [[unlikely]] {
        fail(Reason::malformed_packet, field, "is cut off", at_);
    }
    return !failed_;
}

std::uint16_t FieldReader::u16(std::string_view field) noexcept {
    if (!need(2, field)) {
        return 0;
    }
    at_ += 2;
    return static_cast<std::uint16_t>(packet_[at_ - 2] << 8 | packet_[at_ - 1]);
}

std::uint32_t FieldReader::u32(std::string_view field) noexcept {
    if (!need(4, field)) {
        return 0;
    }
    std::uint32_t value = 0;
    for (int i = 0; i < 4; ++i) {
        value = value << 8 | packet_[at_++];
    }
    return value;
}

std::uint32_t FieldReader::varint(std::string_view field) noexcept {
    const Varint read = read_varint(remaining());
    if (read.size == 0 || read.size > kVarintBytesMax) {
        fail(Reason::malformed_packet, field,
             read.size == 0 ? "is cut off" : "has more than four bytes", at_);
        return 0;
    }
    if (is_v5() && !read.shortest()) {
        fail(Reason::malformed_packet, field, "is not in its shortest form", at_);
        return 0;
    }
    at_ += read.size;
    return read.value;
}

PacketId FieldReader::packet_id() noexcept {
    const std::size_t at = at_;
    const PacketId id = u16("packet identifier");
    if (id == 0) {
        fail(Reason::protocol_error, "packet identifier", "is 0", at);
    }
    return id;
}

Bytes FieldReader::binary(std::string_view field) noexcept {
    const std::size_t size = u16(field);
    if (!need(size, field)) {
        return {};
    }
    at_ += size;
    return packet_.subspan(at_ - size, size);
}

std::string_view FieldReader::text(std::string_view field) noexcept {
    const std::string_view text = as_text(binary(field));
    check(text_fault(text), text, field);
    return text;
}

std::string_view FieldReader::topic_name(std::string_view field) noexcept {
    const std::string_view name = as_text(binary(field));
    check(topic_name_fault(name), name, field);
    return name;
}

std::string_view FieldReader::topic_filter(std::string_view field) noexcept {
    const std::string_view filter = as_text(binary(field));
    check(topic_filter_fault(filter), filter, field);
    return filter;
}

Bytes FieldReader::rest() noexcept {
    const Bytes all = remaining();
    at_ += all.size();
    return all;
}

std::size_t FieldReader::narrow(std::size_t size, std::string_view field) noexcept {
    const std::size_t end = end_;
    if (need(size, field)) {
        end_ = at_ + size;
    }
    return end;
}

void FieldReader::check(TextFault fault, std::string_view text, std::string_view field) noexcept {
    if (fault) [[unlikely]] {
        fail(Reason::malformed_packet, field, fault.what, at_ - text.size() + fault.at);
    }
}

}  // namespace weft::mqtt
