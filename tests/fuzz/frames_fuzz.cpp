// The frame scanner: a stream means the same whole and cut into pieces of the size in its first
// byte.
#include "common/amqp/frame_scanner.hpp"
#include "common/base/assert.hpp"

#include <algorithm>
#include <vector>

namespace {

using weft::Buffer;
using weft::Bytes;
using weft::amqp::FrameScanner;

constexpr std::uint32_t kFrameMax = 1024;

struct Scanned {
    std::vector<Buffer> units;
    bool failed = false;
    bool operator==(const Scanned&) const = default;
};

Scanned scan(Bytes stream, std::size_t piece) {
    FrameScanner scanner;
    scanner.set_frame_max(kFrameMax);
    Scanned result;
    auto unit = FrameScanner::Unit::header;
    while (!stream.empty() && !scanner.failed()) {
        Bytes in = stream.first(std::min(piece, stream.size()));
        stream = stream.subspan(in.size());
        while (true) {
            const Bytes found = scanner.next(in, unit);
            if (found.empty()) {
                break;
            }
            WEFT_CHECK(found.size() <= kFrameMax);
            result.units.emplace_back(found.begin(), found.end());
            unit = FrameScanner::Unit::frame;
        }
    }
    result.failed = scanner.failed();
    return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) {
        return 0;
    }
    const Bytes stream{data + 1, size - 1};
    WEFT_CHECK(scan(stream, stream.size()) == scan(stream, 1U + data[0]));
    return 0;
}
