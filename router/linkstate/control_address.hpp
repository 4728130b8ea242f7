#pragma once

#include "router/linkstate/messages.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace weft::linkstate {

inline constexpr std::string_view kToNeighbour = "amqp:/_local/qdhello";
inline constexpr std::string_view kToAll = "amqp:/_topo/0/all/qdrouter";
inline constexpr std::string_view kToAllMobile =
    "_topo/0/all/qdrouter.ma";  // as originals write it

/// To whom a control message goes, and to which part of it.
struct ControlAddress {
    enum class Whom : std::uint8_t { nobody, neighbour, all, router };
    enum class Part : std::uint8_t { hello, links, addresses, extension };

    Whom whom = Whom::nobody;  // nobody: an address that means nothing on a control link
    Part part = Part::hello;
    std::string_view router;  // whom == router; points into what was read
};

/// With or without "amqp:/" in front.
ControlAddress read_control_address(std::string_view to);
/// "amqp:/_topo/0/A/qdrouter": one router's, for that part of it.
[[nodiscard]] std::string unicast_address(std::string_view router, ControlAddress::Part part);
/// Which part of a router such a message is for.
[[nodiscard]] ControlAddress::Part part_of(const Message& message);

}  // namespace weft::linkstate
