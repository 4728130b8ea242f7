#pragma once

#include "common/amqp/frame_text.hpp"
#include "common/base/bytes.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace weft::amqp {

/// One direction of a connection, a line for each protocol header and frame.
///
/// Looks at the bytes alone, beside the engine, so that tracing costs nothing where it is off.
/// Keeps at most kFrameShownMax bytes. Threading: not shared.
class FrameTrace {
public:
    using Line = std::function<void(const std::string&)>;

    /// `arrow`: "->" what we send, "<-" what the peer sends; a literal.
    explicit FrameTrace(std::string_view arrow) : arrow_{arrow} {}

    /// The next bytes, whole frames or not; the first ones begin a header or a frame.
    void take(Bytes in, const Line& line);

private:
    bool begin_unit(const Line& line);

    std::string_view arrow_;
    Buffer kept_;           // the start of the unit
    std::size_t size_ = 0;  // of the unit; 0: not known yet
    std::size_t seen_ = 0;  // bytes of the unit
    bool lost_ = false;     // where units begin is not known any more
};

}  // namespace weft::amqp
