#pragma once

#include "common/amqp/performatives.hpp"
#include "common/base/result.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace weft::router {

/// What a peer's attach asks of the router, by the terminus on the router's side.
struct Wish {
    std::string_view address;  // empty: none
    bool dynamic = false;
    bool coordinator = false;
    /// Set if it asks for what this router does not do, and would be misled without.
    std::optional<Error> refusal;
};

/// Calls `f` with each symbol of a capability field: one symbol, or an array of them.
void each_symbol(Bytes encoded, const std::function<void(const std::string&)>& f);

/// Reads the source of a peer that receives, the target of one that sends.
/// Spec: AMQP 1.0 §3.5.3, §3.5.4
[[nodiscard]] Wish read_wish(const amqp::Attach& attach);

/// The router's answer: what it really does. A router keeps nothing, so a terminus is neither
/// durable nor filtered nor copied, whatever was asked; `address` is the address in effect.
/// Views point into `attach` and `address`.
[[nodiscard]] amqp::Attach reply_to(const amqp::Attach& attach,
                                    std::string_view address,
                                    std::uint64_t max_message_size);

}  // namespace weft::router
