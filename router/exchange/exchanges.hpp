#pragma once

#include "common/base/result.hpp"
#include "router/exchange/exchange.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace weft::exchange {

/// The exchanges of a router and what is bound to them.
///
///   E1  names and addresses of exchanges are unique, and so are key and next hop of the bindings
///       of one
///   E2  a next hop is there exactly while a binding, or the exchange as its alternate, uses it
///
/// Threading: loop-confined.
class Exchanges {
public:
    static constexpr std::size_t kExchangesMax = 1'000;
    static constexpr std::size_t kBindingsMax = 10'000;      // of one exchange
    static constexpr std::size_t kAllBindingsMax = 100'000;  // of all
    /// Of one exchange, and so of one message.
    static constexpr std::size_t kNextHopsMax = 1'000;
    static constexpr std::size_t kNameBytesMax = 256;

    /// Errors: amqp:invalid-field, what is missing or no address or twice there;
    /// amqp:resource-limit-exceeded. The text says it of the exchange: "has no address".
    [[nodiscard]] Result<Exchange*> add(ExchangeConfig config);
    /// Errors: as `add`; and of an exchange that there is not, or to its own address.
    [[nodiscard]] Result<Binding*> bind(BindingConfig config);
    /// With its bindings. False: there is none.
    bool remove(std::uint64_t exchange);
    bool unbind(std::uint64_t binding);

    /// In the order in which they were made.
    const std::vector<std::unique_ptr<Exchange>>& all() const { return exchanges_; }
    const std::vector<std::unique_ptr<Binding>>& bindings() const { return bindings_; }
    Exchange* find(std::uint64_t id) const;
    Exchange* find_named(std::string_view name) const;
    const Binding* find_binding(std::uint64_t id) const;

    /// The ways of the next hops that are gone since the last call.
    std::vector<std::uint32_t> take_gone();

private:
    Result<NextHop*> obtain(Exchange& exchange, std::string_view address, std::uint8_t phase);
    void release(Exchange& exchange, NextHop& hop);
    void forget(Binding& binding);

    std::vector<std::unique_ptr<Exchange>> exchanges_;
    std::vector<std::unique_ptr<Binding>> bindings_;
    std::vector<std::uint32_t> gone_;
    std::uint64_t next_id_ = 1;
};

}  // namespace weft::exchange
