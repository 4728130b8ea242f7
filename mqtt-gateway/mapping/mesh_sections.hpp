#pragma once

#include "common/base/bytes.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

/// An AMQP message as views of what devices may be told; for this room.
/// Threading: not shared (a value). Spec: AMQP 1.0 §3.2
namespace weft::mqtt_mapping {

/// What is absent is empty. Encoded values are whole and well-formed.
struct MeshSections {
    enum class Body : std::uint8_t { none, data, sequence, value };

    bool durable = false;
    std::optional<std::uint32_t> ttl{};  // milliseconds

    std::optional<std::int64_t> qos{};
    bool retain = false;
    bool text_payload = false;
    std::string_view client_id{};
    std::string_view address{};  // by a router's word
    std::string_view content_type_annotation{};
    Bytes user_properties{};  // an encoded list
    Bytes fence{};            // likewise

    Bytes message_id{};  // encoded
    std::string_view to{};
    std::string_view subject{};
    std::string_view reply_to{};
    Bytes correlation{};  // encoded
    std::string_view content_type{};
    std::optional<std::int64_t> expires{};  // milliseconds since 1970
    Bytes application{};                    // an encoded map

    Body body = Body::none;
    /// Of data: what the first section holds; else the encoded value, the first one of sequences.
    Bytes first{};
    Bytes all{};  // the sections of the body, as they are encoded
    std::size_t count = 0;
};

/// False: it is no message.
[[nodiscard]] bool read_sections(Bytes message, MeshSections& to) noexcept;

/// Takes the next data or sequence section of `all`: what it holds.
[[nodiscard]] Bytes take_body(Bytes& all, MeshSections::Body body) noexcept;

}  // namespace weft::mqtt_mapping
