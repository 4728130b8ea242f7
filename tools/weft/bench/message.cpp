#include "tools/weft/bench/message.hpp"

#include "common/base/assert.hpp"
#include "common/wire/writer.hpp"

#include <cstring>

namespace weft::tools {
namespace {

constexpr std::size_t kNumberSize = sizeof(std::uint64_t);

void store(std::uint8_t* at, std::uint64_t value) {
    std::memcpy(at, &value, kNumberSize);
}

std::uint64_t load(const std::uint8_t* at) {
    std::uint64_t value = 0;
    std::memcpy(&value, at, kNumberSize);
    return value;
}

/// An ulong in its long form, so that its eight bytes can be replaced.
Buffer wide_ulong() {
    Buffer encoded(1 + kNumberSize);
    encoded[0] = static_cast<std::uint8_t>(wire::Code::ulong);
    return encoded;
}

}  // namespace

BenchMessage::BenchMessage(std::uint64_t run, std::size_t data_size) {
    WEFT_CHECK(data_size >= kBenchStampSize);
    wire::Writer out{bytes_};
    out.end_shortest(
        out.begin_described_list(static_cast<std::uint64_t>(wire::MessageSection::header)));
    const auto properties =
        out.begin_described_list(static_cast<std::uint64_t>(wire::MessageSection::properties));
    out.raw(wide_ulong());  // message-id
    out.end_shortest(properties);
    id_at_ = bytes_.size() - kNumberSize;
    out.descriptor(static_cast<std::uint64_t>(wire::MessageSection::data));
    out.binary(Buffer(data_size, 'x'));
    stamp_at_ = bytes_.size() - data_size;
    store(bytes_.data() + stamp_at_, run);
}

Bytes BenchMessage::stamped(std::uint64_t time) {
    store(bytes_.data() + id_at_, ++id_);
    store(bytes_.data() + stamp_at_ + kNumberSize, time);
    return bytes_;
}

std::uint64_t BenchStampFinder::time_of(Bytes bytes) {
    const auto is_at = [&](std::size_t at) {
        return at + kBenchStampSize <= bytes.size() && load(bytes.data() + at) == run_;
    };
    if (!is_at(at_)) [[unlikely]] {
        const std::string_view wanted{reinterpret_cast<const char*>(&run_), kNumberSize};
        const std::size_t found = as_text(bytes).find(wanted);
        if (found == std::string_view::npos || !is_at(found)) {
            return 0;
        }
        at_ = found;
    }
    return load(bytes.data() + at_ + kNumberSize);
}

}  // namespace weft::tools
