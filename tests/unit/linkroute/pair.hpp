#pragma once

#include "router/linkroute/pair_end.hpp"
#include "tests/unit/linkroute/fake_link.hpp"

#include <string_view>

namespace weft::linkroute::test {

using Life = PairEnd::Life;

/// A client's end, which has asked, and a container's, which was asked.
struct Pair {
    explicit Pair(bool survives = false)
        : near{client, Life::asked, survives}, far{container, Life::offered, survives} {
        near.join(far);
        far.join(near);
    }
    void open() {
        far.on_attach({.max_message_size = 7});
        client.take();
        container.take();
    }
    /// The client sends.
    void send(amqp::DeliveryId id, std::string_view payload, amqp::Transfer transfer = {}) {
        transfer.delivery_id = id;
        amqp::Context context = 0;
        near.on_transfer(transfer, true, as_bytes(payload), context);
        last_context = context;
    }

    FakeLink client;
    FakeLink container;
    PairEnd near;
    PairEnd far;
    amqp::Context last_context = 0;
};

}  // namespace weft::linkroute::test
