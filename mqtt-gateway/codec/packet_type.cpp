#include "mqtt-gateway/codec/packet_type.hpp"

#include <array>

namespace weft::mqtt {
namespace {

constexpr std::array<std::string_view, 16> kPacketNames{
    "packet of type 0", "CONNECT",  "CONNACK",    "PUBLISH", "PUBACK",      "PUBREC",
    "PUBREL",           "PUBCOMP",  "SUBSCRIBE",  "SUBACK",  "UNSUBSCRIBE", "UNSUBACK",
    "PINGREQ",          "PINGRESP", "DISCONNECT", "AUTH"};

constexpr PacketSet kFromBoth = packets(PacketType::publish,
                                        PacketType::puback,
                                        PacketType::pubrec,
                                        PacketType::pubrel,
                                        PacketType::pubcomp);
constexpr PacketSet kFromClients = kFromBoth | packets(PacketType::connect,
                                                       PacketType::subscribe,
                                                       PacketType::unsubscribe,
                                                       PacketType::pingreq,
                                                       PacketType::disconnect);
constexpr PacketSet kFromServers =
    kFromBoth |
    packets(PacketType::connack, PacketType::suback, PacketType::unsuback, PacketType::pingresp);
constexpr PacketSet kFromBothSince5 = packets(PacketType::disconnect, PacketType::auth);

constexpr std::uint8_t kDup = 0x08;

}  // namespace

std::string_view name_of(PacketType type) noexcept {
    return kPacketNames[static_cast<std::size_t>(type) & 0x0f];
}

bool is_sent(PacketType type, Dialect dialect) noexcept {
    const PacketSet own = dialect.from == Sender::client ? kFromClients : kFromServers;
    return has(own, type) || (dialect.version >= Version::v5 && has(kFromBothSince5, type));
}

bool has_its_flags(std::uint8_t first, Version version) noexcept {
    const PacketType type = type_of(first);
    const auto flags = static_cast<std::uint8_t>(first & 0x0f);
    if (type == PacketType::publish || flags == flags_of(type)) {
        return true;
    }
    return version == Version::v3_1 && flags_of(type) != 0 && flags == (flags_of(type) | kDup);
}

}  // namespace weft::mqtt
