#pragma once

#include "common/amqp/performatives.hpp"

/// Reading of the hot path's performatives in the encodings that peers really use.
///
/// False: an unusual encoding or a malformed one; the general decoder then decides. True: `out` is
/// what the general decoder would have made of it. Spec: AMQP 1.0 §2.7.4–2.7.6
namespace weft::amqp {

[[nodiscard]] bool read_hot(Bytes fields, Transfer& out, std::size_t& consumed);
[[nodiscard]] bool read_hot(Bytes fields, Flow& out);
[[nodiscard]] bool read_hot(Bytes fields, Disposition& out);

}  // namespace weft::amqp
