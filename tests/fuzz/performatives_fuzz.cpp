// The decoders of performatives: total, the quick readers agree with the general ones, and what was
// decoded is the same after it was encoded and decoded again.
#include "common/amqp/hot_reader.hpp"
#include "common/amqp/performatives.hpp"
#include "common/amqp/sasl.hpp"
#include "common/base/assert.hpp"
#include "common/wire/delivery_state.hpp"

#include <algorithm>

namespace weft::amqp {
namespace {

template <class Value>
Buffer encoded(const Value& value) {
    Buffer body;
    wire::Writer out{body};
    encode(out, value);
    return body;
}

/// Encoding what was decoded twice gives the same bytes.
template <class Decode>
void check_stable(Bytes fields, Decode decode) {
    const auto once = decode(fields);
    if (!once) {
        return;
    }
    const Buffer first = encoded(*once);
    const auto twice = decode(Bytes{first}.subspan(3));
    WEFT_CHECK(twice.has_value());
    WEFT_CHECK(encoded(*twice) == first);
}

void check_transfer(Bytes fields) {
    Transfer quick;
    std::size_t quick_size = 0;
    std::size_t size = 0;
    const auto general = decode_transfer(fields, size);
    if (!read_hot(fields, quick, quick_size)) {
        return;
    }
    WEFT_CHECK(general.has_value() && quick_size == size && size <= fields.size());
    WEFT_CHECK(quick.handle == general->handle && quick.delivery_id == general->delivery_id);
    WEFT_CHECK(quick.message_format == general->message_format);
    WEFT_CHECK(quick.settled == general->settled && quick.more == general->more);
    WEFT_CHECK(quick.aborted == general->aborted && quick.batchable == general->batchable);
    WEFT_CHECK(std::ranges::equal(quick.state, general->state));
    WEFT_CHECK(quick.delivery_tag.has_value() == general->delivery_tag.has_value());
}

void check_flow(Bytes fields) {
    Flow quick;
    if (read_hot(fields, quick)) {
        const auto general = decode_flow(fields);
        WEFT_CHECK(general.has_value() && encoded(quick) == encoded(*general));
    }
}

void check_disposition(Bytes fields) {
    Disposition quick;
    const auto general = decode_disposition(fields);
    if (read_hot(fields, quick)) {
        WEFT_CHECK(general.has_value() && quick.receiver == general->receiver);
        WEFT_CHECK(quick.first == general->first && quick.last == general->last);
        WEFT_CHECK(quick.settled == general->settled);
        WEFT_CHECK(std::ranges::equal(quick.state, general->state));
    }
}

void check(Bytes fields) {
    check_stable(fields, [](Bytes in) { return decode_open(in); });
    check_stable(fields, [](Bytes in) { return decode_begin(in); });
    check_stable(fields, [](Bytes in) { return decode_attach(in); });
    check_stable(fields, [](Bytes in) { return decode_flow(in); });
    check_stable(fields, [](Bytes in) { return decode_detach(in); });
    check_transfer(fields);
    check_flow(fields);
    check_disposition(fields);
    static_cast<void>(decode_ending(fields));
    static_cast<void>(wire::outcome_of(fields));
    static_cast<void>(decode_sasl_init(fields));
    static_cast<void>(decode_sasl_mechanisms(fields));
}

}  // namespace
}  // namespace weft::amqp

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    weft::amqp::check({data, size});
    return 0;
}
