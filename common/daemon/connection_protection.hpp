#pragma once

#include "common/base/result.hpp"
#include "common/config/entity.hpp"
#include "common/config/fault.hpp"
#include "common/config/file_reader.hpp"
#include "common/daemon/connection_config.hpp"
#include "common/io/security.hpp"

#include <string_view>

/// How listeners and connectors are protected by TLS: what is configured of it, what contradicts
/// itself there, and what is made of it.
namespace weft::daemon {

/// The names of protocols within TLS. Spec: RFC 7301, IANA's registry of ALPN
inline constexpr std::string_view kSpeaksAmqp = "amqp";
inline constexpr std::string_view kSpeaksHttp = "http/1.1";
inline constexpr std::string_view kSpeaksMqtt = "mqtt";

/// Reads a listener's keys of TLS into `listener`, whose others were read.
void read_protection(const config::Entity& entity,
                     const config::FileReader& reader,
                     ListenerConfig& listener,
                     config::Faults& faults);

/// Reads what a listener's trustedCertsFile says, if it has one. Errors: amqp:invalid-field.
[[nodiscard]] Result<void> read_trusted(ListenerConfig& listener, const config::FileReader& reader);

/// What a listener's connections are protected by, which speak `spoken` within TLS.
/// Errors: amqp:invalid-field, if the profile can't be used so.
[[nodiscard]] Result<io::Security> protection_of(const ListenerConfig& listener,
                                                 std::string_view spoken);
/// The same of a connector.
[[nodiscard]] Result<io::Security> protection_of(const ConnectionConfig& connector);

}  // namespace weft::daemon
