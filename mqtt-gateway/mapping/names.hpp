#pragma once

#include <string_view>

/// Annotations and types by which the gateway says in AMQP what only MQTT knows.
namespace weft::mqtt_mapping {

inline constexpr std::string_view kQosAnnotation = "x-opt-mqtt-qos";                // ubyte
inline constexpr std::string_view kRetainAnnotation = "x-opt-retain-message";       // boolean
inline constexpr std::string_view kClientIdAnnotation = "x-opt-mqtt-client-id";     // string
inline constexpr std::string_view kFormatAnnotation = "x-opt-mqtt-payload-format";  // ubyte, 1
/// A content type that no symbol can be, for it is not ASCII.
inline constexpr std::string_view kContentTypeAnnotation = "x-opt-mqtt-content-type";
/// A list of lists [key, value]: of user properties of which a key is there twice.
inline constexpr std::string_view kUserPropertiesAnnotation = "x-opt-mqtt-user-properties";

/// Of a row in the queue of retained messages: what it is known by (row_key.hpp), a string, and
/// who may write over it, a list [epoch, owner, sequence].
inline constexpr std::string_view kTopicAnnotation = "x-opt-mqtt-topic";
inline constexpr std::string_view kFenceAnnotation = "x-opt-fence";

/// Of a row in the queue of sessions, likewise (shared_row.hpp); its fence is the same annotation.
inline constexpr std::string_view kSessionAnnotation = "x-opt-mqtt-session";

/// The descriptor of a filter that names keys of a queue with last values.
inline constexpr std::string_view kLastValueFilter = "weft:last-value:list";

/// Written by a router, into what comes by a source with wildcards: the address that it was sent
/// to.
inline constexpr std::string_view kAddressAnnotation = "x-opt-weft-address";

/// Of a payload that is an encoded AMQP value.
inline constexpr std::string_view kAmqpContentType = "application/vnd.amqp";
/// The descriptor of a filter over subjects.
inline constexpr std::string_view kTopicBinding = "apache.org:legacy-amqp-topic-binding:string";

}  // namespace weft::mqtt_mapping
