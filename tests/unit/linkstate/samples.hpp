#pragma once

#include "common/wire/message.hpp"
#include "router/linkstate/messages.hpp"
#include "tests/unit/wire/hex.hpp"

#include <string_view>
#include <utility>

/// Control messages put together as values, for what the writer of the protocol never writes.
namespace weft::linkstate::test {

/// The content of a message with that opcode and body.
inline Buffer content(wire::Value opcode, wire::Value body) {
    wire::Message message;
    message.application_properties = {{"opcode", std::move(opcode)}};
    message.body = std::move(body);
    Buffer out;
    wire::encode_message(out, message);
    return out;
}

/// `map` without `key`; with `value` under it if there is one.
inline wire::Map with(wire::Map map, std::string_view key, wire::Value value = {}) {
    std::erase_if(map, [&](const auto& entry) { return *entry.first.text() == key; });
    if (!value.is_null()) {
        map.emplace_back(key, std::move(value));
    }
    return map;
}

inline Buffer written(const Message& message) {
    Buffer out;
    write_message(out, message);
    return out;
}

/// One of each kind, both of "MAU", and a fast HELLO.
inline std::vector<Message> one_of_each() {
    const Speaker a{.id = "A"};
    return {
        Hello{.from = a, .instance = 1700000000, .seen = {"B", "C"}},
        RouterAdvert{.from = a, .instance = 1700000000, .ls_seq = 7, .mobile_seq = 300},
        LinkStateRequest{.from = a},
        LinkStateUpdate{
            .from = a, .instance = 1700000000, .ls_seq = 7, .peers = {{"B", 1}, {"C", 10}}},
        MobileRequest{.from = a, .have_seq = 12},
        MobileUpdate{.from = a,
                     .mobile_seq = 13,
                     .exist = std::nullopt,
                     .add = {"M0orders"},
                     .del = {"M0news"},
                     .hints = {Hint::balanced}},
        MobileUpdate{.from = a,
                     .mobile_seq = 13,
                     .exist = std::vector<std::string>{"M0orders", "M0news"},
                     .add = {},
                     .del = {},
                     .hints = {Hint::balanced, Hint::multicast}},
        Hello{.from = a, .instance = 1700000000, .seen = {"B"}, .interval_ms = 200},
    };
}

}  // namespace weft::linkstate::test
