// A message from any bytes: scanned from each prefix with one answer, stripped, handed on by a
// router, and decoded whole.
#include "common/base/assert.hpp"
#include "common/wire/message.hpp"
#include "router/annotations/annotations.hpp"

#include <algorithm>

namespace {

using namespace weft;
using Status = wire::Facts::Status;

/// More bytes may complete an answer but never change one.
void scan_prefixes(Bytes message, wire::Until until) {
    wire::Facts known;
    const std::size_t step = std::max<std::size_t>(1, message.size() / 64);
    for (std::size_t size = 0; size < message.size(); size += step) {
        const wire::Facts facts = wire::scan(message.first(size), /*complete=*/false, until);
        WEFT_CHECK(known.status == Status::incomplete || known.status == facts.status);
        WEFT_CHECK(known.status != Status::complete ||
                   (known.to == facts.to && known.bare_message_at == facts.bare_message_at));
        known = facts;
    }
    const wire::Facts all = wire::scan(message, /*complete=*/true, until);
    WEFT_CHECK(all.status != Status::incomplete);
    WEFT_CHECK(all.bare_message_at <= message.size());
}

Buffer strip(Bytes section) {
    Buffer out;
    annotations::strip_router_annotations(out, section);
    return out;
}

/// A section that one router writes is read by the next, and holds the same.
void hand_on(Bytes section) {
    const auto read = annotations::read_router_annotations(section);
    const annotations::RouterAnnotations ours = read.value_or(annotations::RouterAnnotations{});
    Buffer written;
    annotations::write_router_annotations(written, section, ours, "0/self");
    const wire::Facts facts = wire::scan(written, /*complete=*/true, wire::Until::bare_message);
    WEFT_CHECK(facts.message_annotations.size == written.size() ||
               written.size() > wire::kHeaderBytesMax);
    WEFT_CHECK(strip(written) == strip(section));
    const auto again = annotations::read_router_annotations(written);
    if (!again) {
        WEFT_CHECK(again.error().text == "x-opt-qd.trace lists too many routers");
        return;
    }
    WEFT_CHECK(again->to == ours.to && again->phase == ours.phase && again->stream == ours.stream);
    WEFT_CHECK(again->ingress == (ours.ingress.empty() ? "0/self" : ours.ingress));
    WEFT_CHECK(annotations::trace_lists(again->trace, "0/self"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Bytes input(data, size);
    scan_prefixes(input, wire::Until::bare_message);
    scan_prefixes(input, wire::Until::to);

    const wire::Facts facts = wire::scan(input, /*complete=*/true, wire::Until::bare_message);
    const Bytes section = facts.message_annotations.of(input);
    const Buffer stripped = strip(section);
    WEFT_CHECK(stripped.size() <= section.size());
    WEFT_CHECK(stripped == strip(stripped));
    hand_on(section);
    static_cast<void>(annotations::read_router_annotations(input));  // total, whatever it is given
    static_cast<void>(annotations::trace_lists(input, "0/self"));
    Buffer out;
    annotations::write_router_annotations(out, input, {.trace = input}, "0/self");

    if (const auto message = wire::decode_message(input)) {
        WEFT_CHECK(facts.status == Status::complete || size >= wire::kHeaderBytesMax);
        Buffer once;
        wire::encode_message(once, *message);
        const auto again = wire::decode_message(once);
        WEFT_CHECK(again.has_value());
        Buffer twice;
        wire::encode_message(twice, *again);
        WEFT_CHECK(once == twice);
    }
    return 0;
}
