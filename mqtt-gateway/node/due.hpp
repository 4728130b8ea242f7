#pragma once

#include "mqtt-gateway/node/device.hpp"
#include "mqtt-gateway/node/publisher.hpp"
#include "mqtt-gateway/node/subscriptions.hpp"
#include "mqtt-gateway/session/actions.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

/// What sessions and connections are to be told, once what they asked for is carried out.
/// Threading: not shared (values).
namespace weft::gateway {

/// It is to be asked who it is.
struct Arrived {
    std::uint64_t connection = 0;
    std::optional<std::string> user_name{};
    std::optional<Buffer> password{};

    static Arrived with(std::uint64_t connection,
                        std::optional<std::string_view> user_name,
                        std::optional<Bytes> password) {
        Arrived arrived{.connection = connection};
        if (user_name) {
            arrived.user_name = *user_name;
        }
        if (password) {
            arrived.password.emplace(password->begin(), password->end());
        }
        return arrived;
    }
};
/// That is known, or it is refused.
struct Known {
    std::uint64_t connection = 0;
    mqtt::Reason reason = mqtt::Reason::success;
    std::string user{};
    std::string_view why{};  // a literal
};
struct Opened {
    std::uint64_t connection = 0;
    std::string client_id;
    std::size_t will_bytes = 0;  // 0: it has none
    bool may_leave_will = true;
    /// Nothing of its session is at another gateway, or it can't be had from there.
    enum class Found : std::uint8_t { unknown, here, elsewhere } found = Found::unknown;
};
struct Unsubscribed {
    DeviceId device = 0;
    session::SubscribeTicket ticket{};
};
struct Stored {
    DeviceId device = 0;
    session::StoreTicket ticket = 0;
};
/// It may read on, or is congested, or no longer.
struct Unblocked {
    std::uint64_t connection = 0;
};
using Due = std::variant<Arrived,
                         Known,
                         Opened,
                         Unsubscribed,
                         Stored,
                         Unblocked,
                         Subscriptions::Answer,
                         Publisher::Answer>;

}  // namespace weft::gateway
