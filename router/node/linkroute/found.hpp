#pragma once

#include <cstdint>

namespace weft::node {

/// What the mesh of an edge router says of an address whose links a client asks for.
enum class Found : std::uint8_t {
    plain,    // its links are not passed on; or nobody has said in time
    there,    // they are, and somebody takes them
    nowhere,  // they are, and nobody does
};

}  // namespace weft::node
