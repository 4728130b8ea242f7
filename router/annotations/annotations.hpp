#pragma once

#include "common/base/bytes.hpp"
#include "common/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

/// The annotations that routers add to messages: read and written at each hop, gone at the edge of
/// the mesh where they end.
/// A section here is the whole message-annotations section as scan() found it, its descriptor
/// included, or empty if the message has none.
/// Threading: any thread (no state). Spec: AMQP 1.0 §3.2.3
namespace weft::annotations {

/// Keys with this prefix belong to routers and never reach a client.
inline constexpr std::string_view kRouterAnnotationPrefix = "x-opt-qd.";
inline constexpr std::string_view kTo = "x-opt-qd.to";
inline constexpr std::string_view kIngress = "x-opt-qd.ingress";
inline constexpr std::string_view kTrace = "x-opt-qd.trace";
inline constexpr std::string_view kPhase = "x-opt-qd.phase";
inline constexpr std::string_view kStream = "x-opt-qd.stream";
inline constexpr std::string_view kWildcards = "x-opt-qd.wildcards";
/// Tells who subscribed with wildcards which address a message was sent to: the first router of
/// ours that knows writes it, and clients get it.
inline constexpr std::string_view kAddress = "x-opt-weft-address";

/// Routers that a message may have passed.
inline constexpr std::uint32_t kTraceMax = 256;
inline constexpr std::uint8_t kPhaseMax = 9;
/// What a message was given that nobody received, and that goes to its address's fallback.
inline constexpr std::uint8_t kFallbackPhase = 'F' - '0';

/// What routers tell one another about a message on its way. Views point into the section read.
struct RouterAnnotations {
    std::string_view to{};       // empty: absent
    std::string_view ingress{};  // "0/r1"; empty: absent
    Bytes trace{};               // the encoded list of strings "0/<router>"; empty: absent
    std::uint8_t phase = 0;      // 0 … kPhaseMax, or kFallbackPhase
    bool stream = false;
    /// It is for those, too, who subscribed to its address with wildcards.
    bool wildcards = false;
};

/// False if there is certainly nothing to strip; may be true for a mere mention of the prefix.
[[nodiscard]] bool may_have_router_annotations(Bytes section) noexcept;

/// Appends the section without the routers' keys, the others' bytes and order unchanged;
/// appends nothing if none are left.
void strip_router_annotations(Buffer& out, Bytes section);

/// Reads the routers' entries; others, and routers' that are not known, are skipped. Keys and texts
/// may be strings or symbols, numbers integers of any width.
/// Errors: amqp:invalid-field, naming the key: an entry of the wrong type or given twice, a trace
/// that is not a list of strings or longer than kTraceMax, a phase that is none.
[[nodiscard]] Result<RouterAnnotations> read_router_annotations(Bytes section);

/// Appends the section with `address` for the entry kAddress, in the place of one that is there;
/// nothing may point into `out`.
void write_address(Buffer& out, Bytes section, std::string_view address);

/// True if `trace` lists `router` ("0/r1").
[[nodiscard]] bool trace_lists(Bytes trace, std::string_view router) noexcept;

/// The routers that `trace` lists, in order: "0/r1". Views point into it.
[[nodiscard]] std::vector<std::string_view> routers_in(Bytes trace);

/// Appends a whole section: the entries of `section` that are not the routers' (order and bytes
/// unchanged), then `ours`, with `self` ("0/r2") appended to the trace, and as the ingress if none
/// is given; an empty `self` appends nothing. `ours` may point into `section`; nothing may point
/// into `out`.
void write_router_annotations(Buffer& out,
                              Bytes section,
                              const RouterAnnotations& ours,
                              std::string_view self);

}  // namespace weft::annotations
