#include "router/node/termini.hpp"

#include "common/amqp/capabilities.hpp"

#include <doctest/doctest.h>

namespace weft::node {

using amqp::SenderSettleMode;

TEST_SUITE_BEGIN("termini");

TEST_CASE("a receiver is told how it gets messages, a sender may settle as it likes") {
    const auto answered = [](bool receiver, SenderSettleMode asked) {
        const amqp::Attach attach{.receiver = receiver, .sender_settle_mode = asked};
        return reply_to(attach, "a", 0).sender_settle_mode;
    };
    CHECK(answered(true, SenderSettleMode::unsettled) == SenderSettleMode::mixed);
    CHECK(answered(true, SenderSettleMode::settled) == SenderSettleMode::settled);
    CHECK(answered(true, SenderSettleMode::mixed) == SenderSettleMode::mixed);
    CHECK(answered(false, SenderSettleMode::unsettled) == SenderSettleMode::unsettled);
}

TEST_CASE("a terminus keeps nothing, whatever was asked, and has the address in effect") {
    amqp::Attach attach{.receiver = true};
    attach.source.emplace().address = "asked";
    attach.source->durable = 2;
    attach.source->timeout_seconds = 60;
    const amqp::Attach reply = reply_to(attach, "in effect", 1000);
    REQUIRE(reply.source);
    CHECK(reply.source->address == "in effect");
    CHECK(reply.source->durable == 0);
    CHECK(reply.source->timeout_seconds == 0);
    CHECK(reply.max_message_size == 1000);
}

TEST_CASE("a receiver may ask for the trace of what it gets") {
    const Buffer trace = amqp::capabilities({"other", kTraceCapability});
    const auto asks = [&](bool receiver, Bytes desired) {
        return read_attach({.receiver = receiver, .desired_capabilities = desired})->wants_trace;
    };
    CHECK(asks(true, trace));
    CHECK_FALSE(asks(true, {}));
    CHECK_FALSE(asks(false, trace));
}

TEST_SUITE_END();

}  // namespace weft::node
