#include "tests/fuzz/messages.hpp"

#include "common/wire/value.hpp"
#include "router/annotations/annotations.hpp"
#include "tests/unit/core/fake_port.hpp"

#include <string>

namespace weft::fuzz {
namespace {

constexpr std::size_t kSizes[] = {0, 1, 30, 200, 500, 900, 1500, 3000};
constexpr std::string_view kTrace[] = {"0/P", "0/Q", "0/A", "0/R"};

Buffer with_priority(std::uint8_t priority, Bytes message) {
    Buffer out{0x00, 0x53, 0x70, 0xc0, 0x04, 0x02, 0x40, 0x50, priority};
    append(out, message);
    return out;
}

Buffer trace_of(Script& script) {
    wire::List list;
    for (std::size_t count = script.below(4); count > 0; --count) {
        list.emplace_back(script.one_of(kTrace));
    }
    Buffer encoded;
    wire::encode(encoded, list);
    return encoded;
}

}  // namespace

Buffer some_message(Script& script) {
    const std::size_t kind = script.below(6);
    const std::string body(script.one_of(kSizes), 'b');
    switch (kind) {
        case 0:
            return router::addressed_message(script.one_of(kAddresses), body);
        case 1:
            return router::annotated_message(body, script.flag());
        case 2:
            return with_priority(script.byte(), router::plain_message(body));
        case 3: {
            const Bytes any = script.text();
            return {any.begin(), any.end()};
        }
        default:
            return router::plain_message(body);
    }
}

Buffer some_router_message(Script& script) {
    static constexpr std::string_view kTo[] = {
        "any.a", "many", "near", "lossy", "none", "", "amqp:/_topo/0/Q/x", "amqp:/_topo/0/A/x"};
    static constexpr std::string_view kIngress[] = {"0/P", "0/Q", "0/A", "0/R", "Q", ""};
    const std::uint8_t how = script.byte();
    const Buffer trace = trace_of(script);
    Buffer message;
    annotations::write_router_annotations(
        message, {},
        {.to = script.one_of(kTo),
         .ingress = script.one_of(kIngress),
         .trace = (how & 1) != 0 ? Bytes(trace) : Bytes{},
         .phase = static_cast<std::uint8_t>((how & 6) == 6 ? 1 : 0),
         .stream = (how & 24) == 24},
        (how & 32) != 0 ? "0/P" : "");
    append(message, some_message(script));
    return message;
}

}  // namespace weft::fuzz
