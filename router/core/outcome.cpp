#include "router/core/outcome.hpp"

#include "common/wire/writer.hpp"

namespace weft::router {

Buffer rejected(std::string_view condition, std::string_view description) {
    constexpr std::uint64_t kRejected = 0x25;
    constexpr std::uint64_t kError = 0x1d;
    Buffer encoded;
    wire::Writer out(encoded);
    const auto state = out.begin_described_list(kRejected);
    const auto error = out.begin_described_list(kError);
    out.symbol(condition);
    out.string(description);
    out.end(error);
    out.end(state);
    return encoded;
}

}  // namespace weft::router
