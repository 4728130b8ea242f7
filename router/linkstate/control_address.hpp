#pragma once

#include <cstdint>
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

}  // namespace weft::linkstate
