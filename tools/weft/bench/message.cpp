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

BenchMessage::BenchMessage(std::uint64_t run, std::size_t data_size, bool durable) {
    WEFT_CHECK(data_size >= kBenchStampSize);
    wire::Writer out{bytes_};
    const auto header =
        out.begin_described_list(static_cast<std::uint64_t>(wire::MessageSection::header));
    if (durable) {
        out.boolean(true);
    }
    out.end_shortest(header);
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

Bytes BenchMessage::stamped(std::uint64_t time, std::uint64_t number) {
    // Another one in each run, so that nobody takes them for duplicates.
    store(bytes_.data() + id_at_, number ^ load(bytes_.data() + stamp_at_) << 32);
    store(bytes_.data() + stamp_at_ + kNumberSize, time);
    store(bytes_.data() + stamp_at_ + 2 * kNumberSize, number);
    return bytes_;
}

std::optional<BenchStamp> BenchStampFinder::stamp_of(Bytes bytes) {
    const bool is_there = at_ + kBenchStampSize <= bytes.size() && wants(load(bytes.data() + at_));
    if (!is_there) [[unlikely]] {
        const auto found = find(bytes);
        if (!found) {
            return std::nullopt;
        }
        at_ = *found;
    }
    const std::uint8_t* const stamp = bytes.data() + at_;
    return BenchStamp{load(stamp), load(stamp + kNumberSize), load(stamp + 2 * kNumberSize)};
}

std::optional<std::size_t> BenchStampFinder::find(Bytes bytes) const {
    for (std::size_t at = 0; at + kBenchStampSize <= bytes.size(); ++at) {
        if (wants(load(bytes.data() + at))) {
            return at;
        }
    }
    return std::nullopt;
}

}  // namespace weft::tools
