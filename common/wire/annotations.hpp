#pragma once

#include "common/base/bytes.hpp"

#include <string_view>

/// The annotations that routers add to messages, at the edge of the mesh where they end.
/// A section here is the whole message-annotations section as scan() found it, its descriptor
/// included, or empty if the message has none.
/// Threading: any thread (no state). Spec: AMQP 1.0 §3.2.3
namespace weft::wire {

/// Keys with this prefix belong to routers and never reach a client.
inline constexpr std::string_view kRouterAnnotationPrefix = "x-opt-qd.";

/// False if there is certainly nothing to strip; may be true for a mere mention of the prefix.
[[nodiscard]] bool may_have_router_annotations(Bytes section) noexcept;

/// Appends the section without the routers' keys, the others' bytes and order unchanged;
/// appends nothing if none are left.
void strip_router_annotations(Buffer& out, Bytes section);

}  // namespace weft::wire
