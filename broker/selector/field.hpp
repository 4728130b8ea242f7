#pragma once

#include <cstdint>
#include <string_view>

namespace weft::selector {

/// What an expression is known to be before a message is there.
enum class Type : std::uint8_t { any, boolean, number, text };

/// A fact of a message that has a name of its own in selectors. In the order of the header and of
/// the properties; behind them what JMS says in other words. Spec: AMQP 1.0 §3.2.1, §3.2.4
enum class Field : std::uint8_t {
    durable,
    priority,
    ttl,
    first_acquirer,
    delivery_count,
    message_id,
    user_id,
    to,
    subject,
    reply_to,
    correlation_id,
    content_type,
    content_encoding,
    absolute_expiry_time,
    creation_time,
    group_id,
    group_sequence,
    reply_to_group_id,
    delivery_mode,       // 'PERSISTENT' or 'NON_PERSISTENT'
    redelivered,         // a delivery failed before
    jms_delivery_count,  // with the one that is to come
    jms_message_id,      // as Qpid JMS shows ids to its users
    jms_correlation_id,
    jms_expiration,  // 0: never
    jms_timestamp,   // 0: not known
};

inline constexpr auto kFirstProperty = static_cast<std::uint8_t>(Field::message_id);
inline constexpr auto kLastProperty = static_cast<std::uint8_t>(Field::reply_to_group_id);

/// A name in selectors.
struct FieldName {
    std::string_view name;
    Field field = Field::durable;
    Type type = Type::any;
};

/// Null: it is no field's.
const FieldName* find_field(std::string_view name) noexcept;
/// The name under which a field is printed.
const FieldName& name_of(Field field) noexcept;
/// True if `name` looks as fields do ("amqp.…", "JMS…" but not "JMSX…" and "JMS_…"): if it is none
/// it is a mistake, not a property.
bool looks_like_field(std::string_view name) noexcept;
/// The field's name that a mistyped one most likely means; empty if none is near.
std::string_view nearest_field(std::string_view name);

}  // namespace weft::selector
