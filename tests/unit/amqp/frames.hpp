#pragma once

#include "common/amqp/handler.hpp"
#include "common/amqp/performatives.hpp"
#include "common/base/bytes.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

/// Frames written and read tersely, for tests of the engine.
namespace weft::amqp::test {

/// What happened, a line each.
using Lines = std::vector<std::string>;

/// "AMQP" header of a protocol: 0 AMQP, 2 TLS, 3 SASL.
Buffer header(std::uint8_t protocol_id);

/// A frame around a body; type 0 AMQP, 1 SASL.
Buffer raw_frame(std::uint8_t type, std::uint16_t channel, Bytes body);

Buffer open(const Open& open = {.container_id = "peer"});
Buffer begin(std::uint16_t channel, const Begin& begin = {.incoming_window = 1000});
/// A link of the peer's; termini with the address "q" unless given.
Buffer attach(std::uint16_t channel, Attach attach);
Buffer flow(std::uint16_t channel, const Flow& flow);
Buffer transfer(std::uint16_t channel, const Transfer& transfer, std::string_view payload = "");
Buffer disposition(std::uint16_t channel, const Disposition& disposition);
Buffer detach(std::uint16_t channel, const Detach& detach);
Buffer end(std::uint16_t channel, const std::optional<ErrorView>& error = {});
Buffer close(const std::optional<ErrorView>& error = {});
Buffer sasl(Performative which, const std::function<void(wire::Writer&)>& fields);

/// All of the given, one after the other.
Buffer join(const std::vector<Buffer>& parts);

/// A transfer that starts (and ends) a delivery on handle 0.
inline Transfer first_of(DeliveryId id) {
    Transfer transfer;
    transfer.delivery_id = id;
    transfer.delivery_tag = as_bytes("t");
    return transfer;
}

/// What stands in `output`, a line for each header or frame:
/// "header 0", "open me", "begin 0 remote 1", "attach 0 sender x", "flow", "flow 0 credit 10 …",
/// "transfer 0 id 0 settled 'abc'", "disposition receiver 0..3 settled accepted",
/// "detach 0 closed amqp:link:stolen", "end", "close amqp:…", "empty", "sasl 41 …".
std::vector<std::string> lines(Bytes output);

}  // namespace weft::amqp::test
