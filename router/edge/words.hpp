#pragma once

#include <cstddef>
#include <string_view>

/// What an edge router and a router of the mesh call things, on the connection between them.
namespace weft::edge {

/// Of the source of the receiver over which an edge router gets what is sent below `_edge/<id>/`;
/// the address of that source is its id.
inline constexpr std::string_view kDownlinkCapability = "qd.router-edge-downlink";
/// Source: whether what the edge router sends to would reach somebody (tracking.hpp).
inline constexpr std::string_view kTrackingAddress = "_$qd.edge_addr_tracking";
/// Target: that the edge router is alive (heartbeat.hpp).
inline constexpr std::string_view kHeartbeatAddress = "_$qd.edge_heartbeat";
/// Target: whether an address means a link route (look_up.hpp).
inline constexpr std::string_view kLookUpAddress = "_$qd.addr_lookup";

/// The first part of an address that means something at an edge router: `_edge/<id>/…`.
inline constexpr std::string_view kEdgePrefix = "_edge/";
/// The first letter of the key of all addresses at one edge router: "Hsite-1".
inline constexpr char kDownlinkClass = 'H';
/// Of an edge router's id.
inline constexpr std::size_t kEdgeIdMax = 127;

}  // namespace weft::edge
