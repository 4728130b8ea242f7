#pragma once

#include "common/daemon/connection_config.hpp"
#include "common/daemon/gate.hpp"
#include "common/security/protection.hpp"
#include "mqtt-gateway/codec/packets.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace weft::gateway {

/// What a device says of itself when it connects. Dies with the call.
struct Visitor {
    std::optional<std::string_view> user_name{};
    std::optional<Bytes> password{};
    std::string_view host{};  // without the port
    const security::Protection& protection;
};

/// Who the devices of one listener are.
///
/// What SASL is to AMQP, CONNECT is to MQTT: a user name with its password is PLAIN, a token for a
/// password is OAUTHBEARER, a certificate is EXTERNAL, and none of these is ANONYMOUS; a listener
/// without PLAIN believes no user name.
/// Threading: loop-confined (the gate's loop).
class Door {
public:
    /// `user` empty: nobody in particular. `why`: for the device.
    using Answered =
        std::function<void(mqtt::Reason reason, std::string user, std::string_view why)>;

    Door(std::weak_ptr<daemon::Gate> gate, const daemon::ListenerConfig& listener);

    /// Of the listener.
    const std::string& name() const { return name_; }
    /// Calls `answered` once, within the call or later, but not if `is_wanted` is false by then or
    /// the gate is gone.
    void knock(const Visitor& visitor, std::function<bool()> is_wanted, Answered answered) const;

private:
    void ask(const Visitor& visitor,
             bool token,
             std::function<bool()> is_wanted,
             Answered answered) const;

    std::weak_ptr<daemon::Gate> gate_;
    std::string name_;
    std::string plugin_;  // who is asked instead of the gate's users; empty: nobody
    bool takes_passwords_;
    bool takes_tokens_;
    bool takes_certificates_;
    bool takes_anybody_;
    bool in_the_clear_;
};

}  // namespace weft::gateway
