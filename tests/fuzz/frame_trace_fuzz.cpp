// The frame trace: lines of bounded length, the same however the stream is cut (pieces of the size
// in its first byte).
#include "common/amqp/frame_trace.hpp"
#include "common/base/assert.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace {

using weft::Bytes;
using weft::amqp::FrameTrace;
using weft::amqp::kFrameShownMax;

std::vector<std::string> trace(Bytes stream, std::size_t piece) {
    FrameTrace trace{"->"};
    std::vector<std::string> lines;
    while (!stream.empty()) {
        const Bytes in = stream.first(std::min(piece, stream.size()));
        stream = stream.subspan(in.size());
        trace.take(in, [&](const std::string& line) {
            WEFT_CHECK(line.size() < 16 * kFrameShownMax);
            lines.push_back(line);
        });
    }
    return lines;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) {
        return 0;
    }
    const Bytes stream{data + 1, size - 1};
    WEFT_CHECK(trace(stream, stream.size()) == trace(stream, 1U + data[0]));
    return 0;
}
