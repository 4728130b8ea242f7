#include "mqtt-gateway/codec/body_decode.hpp"

namespace weft::mqtt {
namespace {

Properties v5_properties(FieldReader& in, PacketType type, Sender from) noexcept {
    return in.is_v5() ? read_properties(in, type, from) : Properties{};
}

/// True if the answer to a subscription may be `code` in that version.
bool is_suback_code(std::uint8_t code, Version version) noexcept {
    switch (version) {
        case Version::v3_1:
            return code <= 2;
        case Version::v3_1_1:
            return code <= 2 || code == static_cast<std::uint8_t>(Reason::unspecified_error);
        case Version::v5:
            break;
    }
    return may_carry(PacketType::suback, static_cast<Reason>(code));
}

bool is_unsuback_code(std::uint8_t code, Version) noexcept {
    return may_carry(PacketType::unsuback, static_cast<Reason>(code));
}

/// All that is left: at least one, each of which `allowed` knows.
Bytes read_codes(FieldReader& in, bool (*allowed)(std::uint8_t, Version) noexcept) noexcept {
    constexpr std::string_view kField = "reason code";
    const std::size_t begin = in.at();
    if (in.done()) {
        in.fail(Reason::protocol_error, kField, "is missing: there is none at all", begin);
    }
    while (!in.done()) {
        const std::size_t at = in.at();
        if (!allowed(in.u8(kField), in.version())) {
            in.fail(Reason::protocol_error, kField, "is none that this packet may carry", at);
        }
    }
    return in.ok() ? in.since(begin) : Bytes{};
}

}  // namespace

Subscribe read_subscribe(FieldReader& in, Sender from) noexcept {
    Subscribe subscribe;
    subscribe.id = in.packet_id();
    subscribe.properties = v5_properties(in, PacketType::subscribe, from);
    subscribe.entries = read_subscriptions(in);
    return subscribe;
}

Suback read_suback(FieldReader& in, Sender from) noexcept {
    Suback suback;
    suback.id = in.packet_id();
    suback.properties = v5_properties(in, PacketType::suback, from);
    suback.codes = read_codes(in, is_suback_code);
    return suback;
}

Unsubscribe read_unsubscribe(FieldReader& in, Sender from) noexcept {
    Unsubscribe unsubscribe;
    unsubscribe.id = in.packet_id();
    unsubscribe.properties = v5_properties(in, PacketType::unsubscribe, from);
    unsubscribe.entries = read_filters(in);
    return unsubscribe;
}

Unsuback read_unsuback(FieldReader& in, Sender from) noexcept {
    Unsuback unsuback;
    unsuback.id = in.packet_id();
    if (in.is_v5()) {
        unsuback.properties = read_properties(in, PacketType::unsuback, from);
        unsuback.codes = read_codes(in, is_unsuback_code);
    }
    return unsuback;
}

}  // namespace weft::mqtt
