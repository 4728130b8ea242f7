#include "broker/selector/field.hpp"

#include "common/base/text.hpp"

#include <algorithm>
#include <array>

namespace weft::selector {
namespace {

/// Of a field with several names the first is printed.
constexpr std::array kFieldNames{
    FieldName{"amqp.durable", Field::durable, Type::boolean},
    FieldName{"amqp.priority", Field::priority, Type::number},
    FieldName{"amqp.ttl", Field::ttl, Type::number},
    FieldName{"amqp.first_acquirer", Field::first_acquirer, Type::boolean},
    FieldName{"amqp.delivery_count", Field::delivery_count, Type::number},
    FieldName{"amqp.message_id", Field::message_id, Type::any},
    FieldName{"amqp.user_id", Field::user_id, Type::text},
    FieldName{"amqp.to", Field::to, Type::text},
    FieldName{"amqp.subject", Field::subject, Type::text},
    FieldName{"amqp.reply_to", Field::reply_to, Type::text},
    FieldName{"amqp.correlation_id", Field::correlation_id, Type::any},
    FieldName{"amqp.content_type", Field::content_type, Type::text},
    FieldName{"amqp.content_encoding", Field::content_encoding, Type::text},
    FieldName{"amqp.absolute_expiry_time", Field::absolute_expiry_time, Type::number},
    FieldName{"amqp.creation_time", Field::creation_time, Type::number},
    FieldName{"amqp.group_id", Field::group_id, Type::text},
    FieldName{"amqp.group_sequence", Field::group_sequence, Type::number},
    FieldName{"amqp.reply_to_group_id", Field::reply_to_group_id, Type::text},
    FieldName{"amqp.delivery_mode", Field::delivery_mode, Type::text},
    FieldName{"amqp.redelivered", Field::redelivered, Type::boolean},
    FieldName{"JMSPriority", Field::priority, Type::number},
    FieldName{"JMSDeliveryMode", Field::delivery_mode, Type::text},
    FieldName{"JMSRedelivered", Field::redelivered, Type::boolean},
    FieldName{"JMSMessageID", Field::jms_message_id, Type::text},
    FieldName{"JMSCorrelationID", Field::jms_correlation_id, Type::text},
    FieldName{"JMSType", Field::subject, Type::text},
    FieldName{"JMSDestination", Field::to, Type::text},
    FieldName{"JMSReplyTo", Field::reply_to, Type::text},
    FieldName{"JMSTimestamp", Field::jms_timestamp, Type::number},
    FieldName{"JMSExpiration", Field::jms_expiration, Type::number},
    FieldName{"JMSXDeliveryCount", Field::jms_delivery_count, Type::number},
    FieldName{"JMSXUserID", Field::user_id, Type::text},
    FieldName{"JMSXGroupID", Field::group_id, Type::text},
    FieldName{"JMSXGroupSeq", Field::group_sequence, Type::number},
};

}  // namespace

const FieldName* find_field(std::string_view name) noexcept {
    const auto* const found = std::ranges::find(kFieldNames, name, &FieldName::name);
    return found == kFieldNames.end() ? nullptr : found;
}

const FieldName& name_of(Field field) noexcept {
    return *std::ranges::find(kFieldNames, field, &FieldName::field);
}

bool looks_like_field(std::string_view name) noexcept {
    return name.starts_with("amqp.") ||
           (name.starts_with("JMS") && !name.starts_with("JMSX") && !name.starts_with("JMS_"));
}

std::string_view nearest_field(std::string_view name) {
    std::array<std::string_view, kFieldNames.size()> names;
    std::ranges::transform(kFieldNames, names.begin(), &FieldName::name);
    return nearest(name, names);
}

}  // namespace weft::selector
