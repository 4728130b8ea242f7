#pragma once

#include "common/keys/key_tree.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::exchange {

using keys::MatchMethod;

/// An exchange as it is configured. A value.
struct ExchangeConfig {
    std::string name{};
    std::string address{};
    std::uint8_t phase = 0;
    std::string alternate{};  // address; empty: none
    std::uint8_t alternate_phase = 0;
    MatchMethod method = MatchMethod::amqp;
};

/// A binding as it is configured. A value.
struct BindingConfig {
    std::string name{};      // may be empty
    std::string exchange{};  // by name
    std::string key{};       // empty: matches everything
    std::string next_hop{};  // address
    std::uint8_t next_hop_phase = 0;
};

/// Of a next hop to which there is no way yet.
inline constexpr std::uint32_t kNoWay = UINT32_MAX;

/// Where an exchange sends messages to: several of its bindings may lead there.
struct NextHop {
    std::string address;
    std::string name;  // as routers see it
    std::uint8_t phase = 0;
    std::uint32_t users = 0;     // bindings, and the exchange whose alternate it is
    std::uint32_t way = kNoWay;  // of the Distributor
    std::uint64_t chosen = 0;    // by the message that chose it last
};

struct Exchange;

struct Binding {
    std::uint64_t id = 0;
    BindingConfig config;
    std::string key;  // in its normal form
    Exchange* exchange = nullptr;
    NextHop* next_hop = nullptr;
    std::uint64_t matched = 0;  // messages
};

/// What became of the messages of an exchange.
struct ExchangeCounters {
    std::uint64_t received = 0;
    std::uint64_t dropped = 0;    // that went nowhere
    std::uint64_t forwarded = 0;  // to a next hop or more, or to the alternate
    std::uint64_t diverted = 0;   // of these, to the alternate
    std::uint64_t looped = 0;     // of the dropped, those that had been here before
    std::uint64_t rejected = 0;   // of the dropped, those that could not be read
    std::uint64_t left_out = 0;   // copies that a next hop got not, as it had too many already

    ExchangeCounters& operator+=(const ExchangeCounters& more);
};

/// An exchange and its bindings. Changed by Exchanges only, but for counters and ways.
struct Exchange {
    Exchange(ExchangeConfig its_config, std::string its_address)
        : config{std::move(its_config)}, address{std::move(its_address)}, keys{config.method} {}

    std::uint64_t id = 0;
    const ExchangeConfig config;
    const std::string address;  // as routers see it
    weft::keys::KeyTree<Binding> keys;
    std::vector<std::unique_ptr<NextHop>> next_hops;  // the alternate is one, too
    NextHop* alternate = nullptr;
    std::size_t bindings = 0;
    ExchangeCounters counters;

    /// Where a message with that subject goes: each next hop once, however many bindings name it.
    /// Counts what matched.
    void choose(std::string_view subject, std::vector<NextHop*>& hops);

private:
    std::vector<Binding*> matched_;  // by the message under way
    std::uint64_t messages_ = 0;
};

}  // namespace weft::exchange
