// A control message from any bytes: what was read and is written, is read the same again.
#include "common/base/assert.hpp"
#include "router/annotations/annotations.hpp"
#include "router/linkstate/messages.hpp"

namespace {

using namespace weft;
using namespace weft::linkstate;

constexpr std::string_view kSelf = "fuzz";

void pass_on(const Envelope& envelope) {
    auto passed = routers_passed(envelope);
    WEFT_CHECK(passed.size() <= annotations::kTraceMax);
    for (const std::string_view router : passed) {
        WEFT_CHECK(has_passed(envelope, router));
    }
    passed.push_back(kSelf);
    Buffer written;
    write_envelope(written, envelope, kSelf);
    const auto again = read_envelope(written);
    if (!again) {
        WEFT_CHECK(passed.size() > annotations::kTraceMax || written.size() > kControlMessageMax);
        return;
    }
    WEFT_CHECK(again->to == envelope.to);
    WEFT_CHECK(again->ingress == (envelope.ingress.empty() ? kSelf : envelope.ingress));
    WEFT_CHECK(routers_passed(*again) == passed);
    WEFT_CHECK(as_text(again->content) == as_text(envelope.content));
}

void write_again(const Message& message) {
    Buffer once;
    write_message(once, message);
    const auto again = read_message(once);
    WEFT_CHECK(again.has_value());
    WEFT_CHECK(*again == message);
    Buffer twice;
    write_message(twice, *again);
    WEFT_CHECK(once == twice);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Bytes input(data, size);
    Bytes content = input;
    if (const auto envelope = read_envelope(input)) {
        pass_on(*envelope);
        content = envelope->content;
    }
    if (const auto message = read_message(content)) {
        write_again(*message);
    }
    const Envelope any_trace{.to = "to", .ingress = {}, .trace = input, .content = {}};
    static_cast<void>(routers_passed(any_trace));
    static_cast<void>(has_passed(any_trace, kSelf));
    return 0;
}
