#pragma once

#include "common/wire/writer.hpp"
#include "router/exchange/distributor.hpp"
#include "tests/unit/core/world.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace weft::exchange {

using router::FakePort;
using router::Outcome;
using router::Peer;

/// A message with that subject, and one data section behind it.
inline Buffer about(std::string_view subject, std::string_view body = "body") {
    Buffer message;
    wire::Writer out{message};
    const auto properties = out.begin_described_list(0x73);
    out.null();
    out.null();
    out.null();
    out.string(subject);
    out.end(properties);
    append(message, router::plain_message(body));
    return message;
}

/// A core with exchanges beside its two connections.
struct ExchangeWorld : router::World {
    const Exchange& add(ExchangeConfig config) {
        const auto made = distributor.add(std::move(config), now);
        REQUIRE_MESSAGE(made, made.error().text);
        return **made;
    }
    const Binding& bind(std::string key, std::string next_hop, std::string exchange = "e") {
        const auto made = distributor.bind(
            {.exchange = std::move(exchange), .key = std::move(key), .next_hop = next_hop}, now);
        REQUIRE_MESSAGE(made, made.error().text);
        return **made;
    }
    /// What was put off is done.
    void run() {
        while (distributor.work(now) || core.work(now)) {
        }
    }
    router::DeliveryId send(Peer& producer, Bytes message, FakePort::Frame frame = {}) {
        const router::DeliveryId id = left.send(producer, message, frame);
        run();
        return id;
    }
    void accept_all(Peer& consumer) {
        right.accept_all(consumer);
        run();
    }
    void seconds(int count) {
        for (int i = 0; i < count; ++i) {
            tick();
            distributor.tick(now);
            run();
        }
    }

    Distributor distributor{core};
};

}  // namespace weft::exchange
