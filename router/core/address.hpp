#pragma once

#include "router/annotations/annotations.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

/// What the text of an address means. Formats are those of Qpid Dispatch, so that clients, tools
/// and mixed meshes agree on them.
namespace weft::router {

/// An address as the table knows it: class letter, phase digit for mobile ones, and the name.
///
/// Classes: `M` mobile ("M0orders"), `L` local to this router ("Ltemp.x", "L$management"),
/// `T` all routers of the area ("Tqdrouter"), `R` another router ("Rb"), `H` an edge router
/// ("He1"). Threading: not shared (a value).
struct AddressKey {
    std::string text;

    char address_class() const { return text.empty() ? '\0' : text[0]; }
    /// '0' … '9' or 'F' of a mobile address, ' ' of the others, which have no phase.
    char phase() const { return address_class() == 'M' ? text[1] : ' '; }
    /// Means nothing for an address that has no phase. Precondition: `phase` ≤ kPhaseMax, or
    /// kFallbackPhase.
    void set_phase(std::uint8_t phase) {
        if (address_class() == 'M') {
            text[1] = static_cast<char>('0' + phase);
        }
    }
    std::string_view name() const {
        const std::size_t from = address_class() == 'M' ? 2 : 1;
        return std::string_view(text).substr(std::min(from, text.size()));
    }

    bool operator==(const AddressKey&) const = default;
};

/// A mobile address has phases 0 … 9. What senders bring is in one, what receivers get may be in
/// another: a waypoint takes messages of the one and gives them back in the next.
inline constexpr std::uint8_t kPhaseMax = 9;
/// The number that stands for 'F': in that phase is what nobody received, where an address has a
/// fallback.
using annotations::kFallbackPhase;

/// True of what another router is to read: its own addresses, an edge router's, or those of all
/// routers.
inline bool is_for_other_routers(const AddressKey& key) {
    return key.address_class() == 'R' || key.address_class() == 'H' || key.address_class() == 'T';
}

/// Mobile addresses that begin so tell routers what another router is: nobody attaches to them.
inline constexpr std::string_view kRoutersOwn = "_weft/";

/// Where each router is managed, by the name that its own clients use. Nobody else receives there:
/// who did could answer others' requests.
inline constexpr std::string_view kManagementNode = "$management";

inline bool is_management(const AddressKey& key) {
    return key.name() == kManagementNode;
}

/// Of an edge router, where messages go that are for elsewhere: to its uplink, which finds out what
/// they mean. Only that receives there.
inline constexpr std::string_view kUpstreamKey = "L_edge";
inline constexpr std::string_view kUpstreamAddress = "_local/_edge";

/// True of what is to be found at another router, an edge router included.
inline bool is_elsewhere(const AddressKey& key) {
    return key.address_class() == 'R' || key.address_class() == 'H';
}

/// What addresses begin with that the router makes up for nodes that clients send to.
inline constexpr std::string_view kTemporaryTarget = "_$";

/// Of mobile addresses, those that are the routers' own affair: no entry with wildcards takes them
/// elsewhere.
inline bool is_routers_own(std::string_view name) {
    return name == kManagementNode || name.starts_with(kRoutersOwn) ||
           name.starts_with(kTemporaryTarget);
}

/// Longest address that a router accepts, in bytes: with it, the head of a message between routers
/// still has room for its other annotations (wire::kHeaderBytesMax).
inline constexpr std::size_t kAddressBytesMax = std::size_t{32} * 1024;

/// Reads an address as a client writes it.
///
/// Dropped: a scheme ("amqp:/x", "amqp://host/x"), one leading '/', one trailing '.' or '/'. A
/// scheme without a path ("queue://a", "amqp://host") is part of the name.
/// "_local/x", "_topo/<area>/<router>/x", "_topo/<area>/all/x" and "_edge/<router>/x" are
/// structural, everything else is mobile in phase 0. `router_id` is this router's: addresses
/// under it are local. The result's text is empty if nothing is left or it is too long.
[[nodiscard]] AddressKey parse_address(std::string_view text, std::string_view router_id);

/// What parse_address reads of `text` but for what trails it: the end of it, without a scheme, an
/// authority and a leading '/'.
[[nodiscard]] std::string_view node_of(std::string_view text);

/// What parse_address reads of `text`: the end of it without all that is dropped. Whoever decides
/// by the text of an address, decides by this.
[[nodiscard]] std::string_view plain_text(std::string_view text);

/// Why parse_address finds no address in `text`, for a person: "it names nothing".
[[nodiscard]] std::string_view why_no_address(std::string_view text);

/// What any router, the original too, reads as the mobile address `name`: that, or if something
/// would be dropped from it, what is written to `memory`.
[[nodiscard]] std::string_view mobile_address(std::string_view name, std::string& memory);

/// The address that reaches `name` on `router_id` from anywhere: "amqp:/_topo/0/r1/temp.x".
[[nodiscard]] std::string topological_address(std::string_view router_id, std::string_view name);

/// The same of an edge router: "amqp:/_edge/e1/temp.x".
[[nodiscard]] std::string edge_address(std::string_view router_id, std::string_view name);

}  // namespace weft::router
