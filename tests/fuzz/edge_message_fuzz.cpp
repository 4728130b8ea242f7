// Messages between an edge router and a router of the mesh, from any bytes: what was read and is
// written, is read the same again, within its limits.
#include "common/base/assert.hpp"
#include "router/edge/look_up.hpp"
#include "router/edge/tracking.hpp"

namespace {

using namespace weft;
using namespace weft::edge;

template <class Message>
void edge_round_trip(const Message& message,
                     void (*write)(Buffer&, const Message&),
                     Result<Message> (*read)(Bytes)) {
    Buffer once;
    write(once, message);
    const auto again = read(once);
    WEFT_CHECK(again.has_value());
    Buffer twice;
    write(twice, *again);
    WEFT_CHECK(once == twice);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Bytes input(data, size);
    if (const auto tracking = read_tracking(input)) {
        WEFT_CHECK(tracking->key.size() <= kTrackedKeyMax);
        edge_round_trip(*tracking, write_tracking, read_tracking);
    }
    if (const auto question = read_look_up(input)) {
        WEFT_CHECK(question->address.size() <= kLookUpAddressMax);
        edge_round_trip(*question, write_look_up, read_look_up);
    }
    if (const auto reply = read_reply(input)) {
        edge_round_trip(*reply, write_reply, read_reply);
    }
    return 0;
}
