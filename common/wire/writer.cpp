#include "common/wire/writer.hpp"

#include "common/base/assert.hpp"
#include "common/wire/value_head.hpp"

#include <bit>
#include <cstring>

namespace weft::wire {

void Writer::fixed(Code c, std::uint64_t value, int width) {
    ++count_;
    code(c);
    for (int shift = (width - 1) * 8; shift >= 0; shift -= 8) {
        out_.push_back(static_cast<std::uint8_t>(value >> shift));
    }
}

void Writer::variable(Code short_form, Code long_form, Bytes value) {
    if (value.size() <= 0xff) {
        fixed(short_form, value.size(), 1);
    } else {
        fixed(long_form, value.size(), 4);
    }
    append(out_, value);
}

Writer::Mark Writer::begin(Code c) {
    const Mark mark{out_.size(), count_ + 1};
    code(c);
    out_.resize(mark.at + kHead32);
    count_ = 0;
    return mark;
}

Writer::Mark Writer::begin_list() {
    return begin(Code::list32);
}
Writer::Mark Writer::begin_map() {
    return begin(Code::map32);
}

Writer::Mark Writer::begin_described_list(std::uint64_t descriptor_code) {
    descriptor(descriptor_code);
    return begin_list();
}

void Writer::end(Mark mark) {
    const std::size_t body = out_.size() - mark.at - kHead32;
    WEFT_CHECK(body <= 0xffff'ffff - 4);
    std::uint8_t* const head = &out_[mark.at];
    store_head32(head, static_cast<Code>(*head), body, count_);
    count_ = mark.outer_count;
}

void Writer::end_shortest(Mark mark) {
    const std::size_t body = out_.size() - mark.at - kHead32;
    if (!fits_head8(body, count_)) {
        end(mark);
        return;
    }
    std::uint8_t* const head = &out_[mark.at];
    const bool list = static_cast<Code>(*head) == Code::list32;
    if (list && count_ == 0) {
        *head = static_cast<std::uint8_t>(Code::list0);
        out_.resize(mark.at + 1);
    } else {
        store_head8(head, list ? Code::list8 : Code::map8, body, count_);
        std::memmove(head + kHead8, head + kHead32, body);
        out_.resize(mark.at + kHead8 + body);
    }
    count_ = mark.outer_count;
}

void Writer::descriptor(std::uint64_t value) {
    code(Code::described);
    ulong(value);
    --count_;
}

void Writer::descriptor(std::string_view value) {
    code(Code::described);
    symbol(value);
    --count_;
}

void Writer::null() {
    ++count_;
    code(Code::null);
}

void Writer::boolean(bool value) {
    ++count_;
    code(value ? Code::boolean_true : Code::boolean_false);
}

void Writer::uint(std::uint32_t value) {
    if (value == 0) {
        fixed(Code::uint0, 0, 0);
    } else if (value <= 0xff) {
        fixed(Code::smalluint, value, 1);
    } else {
        fixed(Code::uint, value, 4);
    }
}

void Writer::ulong(std::uint64_t value) {
    if (value == 0) {
        fixed(Code::ulong0, 0, 0);
    } else if (value <= 0xff) {
        fixed(Code::smallulong, value, 1);
    } else {
        fixed(Code::ulong, value, 8);
    }
}

void Writer::int_(std::int32_t value) {
    const bool small = value >= -128 && value <= 127;
    fixed(small ? Code::smallint : Code::int_, static_cast<std::uint32_t>(value), small ? 1 : 4);
}

void Writer::long_(std::int64_t value) {
    const bool small = value >= -128 && value <= 127;
    fixed(small ? Code::smalllong : Code::long_, static_cast<std::uint64_t>(value), small ? 1 : 8);
}

void Writer::ubyte(std::uint8_t value) {
    fixed(Code::ubyte, value, 1);
}
void Writer::ushort(std::uint16_t value) {
    fixed(Code::ushort, value, 2);
}
void Writer::byte(std::int8_t value) {
    fixed(Code::byte, static_cast<std::uint8_t>(value), 1);
}
void Writer::short_(std::int16_t value) {
    fixed(Code::short_, static_cast<std::uint16_t>(value), 2);
}
void Writer::float_(float value) {
    fixed(Code::float_, std::bit_cast<std::uint32_t>(value), 4);
}
void Writer::double_(double value) {
    fixed(Code::double_, std::bit_cast<std::uint64_t>(value), 8);
}
void Writer::character(char32_t value) {
    fixed(Code::character, value, 4);
}
void Writer::timestamp(std::int64_t milliseconds) {
    fixed(Code::timestamp, static_cast<std::uint64_t>(milliseconds), 8);
}

void Writer::uuid(Bytes sixteen) {
    WEFT_CHECK(sixteen.size() == 16);
    fixed(Code::uuid, 0, 0);
    append(out_, sixteen);
}

void Writer::binary(Bytes value) {
    variable(Code::vbin8, Code::vbin32, value);
}
void Writer::string(std::string_view value) {
    variable(Code::str8, Code::str32, as_bytes(value));
}
void Writer::symbol(std::string_view value) {
    variable(Code::sym8, Code::sym32, as_bytes(value));
}

void Writer::raw(Bytes encoded) {
    if (encoded.empty()) {
        null();
        return;
    }
    ++count_;
    append(out_, encoded);
}

}  // namespace weft::wire
