// One value from any bytes: its size agrees with encoded_size, and what was read is written stably.
#include "common/base/assert.hpp"
#include "common/wire/reader.hpp"
#include "common/wire/value.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace weft;
    const Bytes input(data, size);
    Bytes rest = input;
    const auto value = wire::decode(rest);
    if (!value) {
        WEFT_CHECK(rest.size() == size);
        return 0;
    }
    WEFT_CHECK(wire::encoded_size(input) == size - rest.size());
    WEFT_CHECK(!wire::to_string(*value).empty());

    Buffer once;
    wire::encode(once, *value);
    Bytes in = once;
    const auto again = wire::decode(in);
    WEFT_CHECK(again.has_value() && in.empty());
    Buffer twice;
    wire::encode(twice, *again);
    WEFT_CHECK(once == twice);
    return 0;
}
