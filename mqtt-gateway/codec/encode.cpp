#include "mqtt-gateway/codec/encode.hpp"

#include "common/base/assert.hpp"
#include "mqtt-gateway/codec/field_writer.hpp"

namespace weft::mqtt {
namespace {

/// A packet whose `body` writes to whatever it is given: first it is counted, then written.
template <class Body>
Encoded encode_packet(Buffer& out, unsigned first, const Terms& terms, const Body& body) {
    FieldCounter counter;
    body(counter);
    if (!counter.fits()) {
        return Encoded::text_too_long;
    }
    const std::size_t size = counter.size();
    if (size > kVarintMax ||
        1 + varint_size(static_cast<std::uint32_t>(size)) + size > terms.packet_max) {
        return Encoded::too_large;
    }
    FieldWriter writer{out};
    writer.u8(static_cast<std::uint8_t>(first));
    writer.varint(static_cast<std::uint32_t>(size));
    body(writer);
    return Encoded::written;
}

bool speaks_v5(const Terms& terms) {
    return terms.version >= Version::v5;
}

template <class Fields>
void put_properties(Fields& to, const Properties& properties, const Terms& terms) {
    if (speaks_v5(terms)) {
        to.properties(properties);
    }
}

/// Reason and properties at the end of a packet, as short as may be. Spec: MQTT 5 §3.4.2.1
template <class Fields, class Ending>
void put_ending(Fields& to, const Ending& from, const Terms& terms) {
    if (!speaks_v5(terms) || (from.reason == Reason::success && from.properties.empty())) {
        return;
    }
    to.u8(static_cast<std::uint8_t>(from.reason));
    if (!from.properties.empty()) {
        to.properties(from.properties);
    }
}

template <class Fields>
void put_id(Fields& to, PacketId id) {
    WEFT_CHECK(id != 0);
    to.u16(id);
}

unsigned connect_bits(const Connect& connect) {
    unsigned bits = connect.clean_start ? 0x02 : 0;
    if (connect.will) {
        bits |= 0x04 | static_cast<unsigned>(connect.will->qos) << 3;
        bits |= connect.will->retain ? 0x20U : 0;
    }
    bits |= connect.password ? 0x40U : 0;
    bits |= connect.user_name ? 0x80U : 0;
    return bits;
}

/// What a SUBACK says below MQTT 5, where one code stands for all failures.
std::uint8_t old_code(std::uint8_t code) {
    return is_failure(static_cast<Reason>(code))
               ? static_cast<std::uint8_t>(Reason::unspecified_error)
               : code;
}

bool any_failure(Bytes codes) {
    bool any = false;
    for (const std::uint8_t code : codes) {
        any = any || is_failure(static_cast<Reason>(code));
    }
    return any;
}

}  // namespace

Encoded encode(Buffer& out, const Connect& connect, const Terms& terms) {
    WEFT_CHECK(connect.version == terms.version);
    return encode_packet(out, first_byte(PacketType::connect), terms, [&](auto& to) {
        to.text(connect.version == Version::v3_1 ? "MQIsdp" : "MQTT");
        to.u8(static_cast<std::uint8_t>(connect.version));
        to.u8(static_cast<std::uint8_t>(connect_bits(connect)));
        to.u16(connect.keep_alive_seconds);
        put_properties(to, connect.properties, terms);
        to.text(connect.client_id);
        if (connect.will) {
            put_properties(to, connect.will->properties, terms);
            to.text(connect.will->topic);
            to.binary(connect.will->payload);
        }
        if (connect.user_name) {
            to.text(*connect.user_name);
        }
        if (connect.password) {
            to.binary(*connect.password);
        }
    });
}

Encoded encode(Buffer& out, const Connack& connack, const Terms& terms) {
    const auto code = speaks_v5(terms) ? static_cast<std::uint8_t>(connack.reason)
                                       : return_code_of(connack.reason);
    if (!code) {
        return Encoded::not_in_version;
    }
    const bool present = connack.session_present && terms.version != Version::v3_1;
    return encode_packet(out, first_byte(PacketType::connack), terms, [&](auto& to) {
        to.u8(present ? 1 : 0);
        to.u8(*code);
        put_properties(to, connack.properties, terms);
    });
}

Encoded encode(Buffer& out, const Publish& publish, const Terms& terms) {
    unsigned first = first_byte(PacketType::publish);
    first |= publish.dup ? 0x08U : 0;
    first |= static_cast<unsigned>(publish.qos) << 1;
    first |= publish.retain ? 0x01U : 0;
    return encode_packet(out, first, terms, [&](auto& to) {
        to.text(publish.topic);
        if (publish.qos != Qos::at_most_once) {
            put_id(to, publish.id);
        }
        put_properties(to, publish.properties, terms);
        to.raw(publish.payload);
    });
}

Encoded encode(Buffer& out, const Ack& ack, const Terms& terms) {
    if (!speaks_v5(terms) && is_failure(ack.reason)) {
        return Encoded::not_in_version;
    }
    return encode_packet(out, first_byte(ack.type), terms, [&](auto& to) {
        put_id(to, ack.id);
        put_ending(to, ack, terms);
    });
}

Encoded encode(Buffer& out, const Subscribe& subscribe, const Terms& terms) {
    return encode_packet(out, first_byte(PacketType::subscribe), terms, [&](auto& to) {
        put_id(to, subscribe.id);
        put_properties(to, subscribe.properties, terms);
        if (speaks_v5(terms)) {
            to.raw(subscribe.entries.encoded());
            return;
        }
        for (Subscriptions entries = subscribe.entries; const auto entry = entries.next();) {
            to.text(entry->filter);
            to.u8(static_cast<std::uint8_t>(entry->qos));
        }
    });
}

Encoded encode(Buffer& out, const Suback& suback, const Terms& terms) {
    if (terms.version == Version::v3_1 && any_failure(suback.codes)) {
        return Encoded::not_in_version;
    }
    return encode_packet(out, first_byte(PacketType::suback), terms, [&](auto& to) {
        put_id(to, suback.id);
        put_properties(to, suback.properties, terms);
        for (const std::uint8_t code : suback.codes) {
            to.u8(speaks_v5(terms) ? code : old_code(code));
        }
    });
}

Encoded encode(Buffer& out, const Unsubscribe& unsubscribe, const Terms& terms) {
    return encode_packet(out, first_byte(PacketType::unsubscribe), terms, [&](auto& to) {
        put_id(to, unsubscribe.id);
        put_properties(to, unsubscribe.properties, terms);
        to.raw(unsubscribe.entries.encoded());
    });
}

Encoded encode(Buffer& out, const Unsuback& unsuback, const Terms& terms) {
    return encode_packet(out, first_byte(PacketType::unsuback), terms, [&](auto& to) {
        put_id(to, unsuback.id);
        if (speaks_v5(terms)) {
            to.properties(unsuback.properties);
            to.raw(unsuback.codes);
        }
    });
}

Encoded encode(Buffer& out, const Pingreq&, const Terms& terms) {
    return encode_packet(out, first_byte(PacketType::pingreq), terms, [](auto&) {});
}

Encoded encode(Buffer& out, const Pingresp&, const Terms& terms) {
    return encode_packet(out, first_byte(PacketType::pingresp), terms, [](auto&) {});
}

Encoded encode(Buffer& out, const Disconnect& disconnect, const Terms& terms) {
    return encode_packet(out, first_byte(PacketType::disconnect), terms,
                         [&](auto& to) { put_ending(to, disconnect, terms); });
}

Encoded encode(Buffer& out, const Auth& auth, const Terms& terms) {
    if (!speaks_v5(terms)) {
        return Encoded::not_in_version;
    }
    return encode_packet(out, first_byte(PacketType::auth), terms,
                         [&](auto& to) { put_ending(to, auth, terms); });
}

}  // namespace weft::mqtt
