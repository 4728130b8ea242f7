#pragma once

#include "common/base/result.hpp"
#include "router/core/address_pattern.hpp"
#include "router/core/link.hpp"
#include "router/linkroute/allotment.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weft::linkroute {

/// As what coordinators of transactions, which have no address, are looked for.
inline constexpr std::string_view kCoordinator = "$coordinator";

/// Most levels of a link route's pattern; the '#' that ends a prefix is one.
inline constexpr std::size_t kLevelsMax = 32;

/// Errors: amqp:invalid-field, no such pattern, or one with too many levels.
[[nodiscard]] Result<router::AddressPattern> read_pattern(router::AddressPattern::Grammar grammar,
                                                          std::string_view text);

/// Where the container is: by the id that it opens with, by the name of the listener or connector
/// that it is connected by, or it is who made the link route, over that connection.
enum class Finds : std::uint8_t { container, connection, maker };

/// Who said it; address: an entry of the address list needs it.
enum class Source : std::uint8_t { file, management, connection, address };

/// How the container's addresses differ from those of clients.
struct ExternalPrefixes {
    std::string add{};
    std::string del{};  // taken away first, where something is behind it

    bool empty() const { return add.empty() && del.empty(); }
    /// What the container calls it.
    std::string outward(std::string_view address) const;
    /// What clients call it.
    std::string inward(std::string_view address) const;
};

/// A link route as it is configured. A value.
struct LinkRouteConfig {
    using Grammar = router::AddressPattern::Grammar;

    std::string name{};  // may be empty
    std::string text{};  // of the prefix or pattern
    Grammar grammar = Grammar::prefix;
    router::Direction direction = router::Direction::in;  // in: of links that clients send over
    Finds by = Finds::container;
    std::string container{};  // its id, or the name of its connection; empty: never active
    ExternalPrefixes prefixes{};
    Source source = Source::file;
};

/// A link route of this router. Changed by LinkRoutes and its parts only.
struct LinkRoute {
    std::uint64_t id = 0;
    std::string name;
    std::string text;
    std::unique_ptr<const ExternalPrefixes> prefixes;  // null: none
    const std::string* place = nullptr;                // of Places or its maker, who keep it once
    std::uint64_t maker = 0;                           // by maker: its connection
    std::uint32_t area = 0;                            // of Areas
    std::uint32_t place_index = 0;                     // among those of its container
    std::uint32_t area_index = 0;                      // among those of its area
    std::uint32_t active = 0;                          // connections that take its links
    Allotment::Share taken{};                          // by maker: of what it may take
    router::AddressPattern::Grammar grammar = router::AddressPattern::Grammar::prefix;
    router::Direction direction = router::Direction::in;
    Finds by = Finds::container;
    Source source = Source::file;

    /// As configured; of a maker, the id that it opened with.
    std::string_view container() const {
        return std::string_view(*place).substr(by == Finds::maker ? 0 : 1);
    }
    bool is_active() const { return active > 0; }
};

/// `of` knows where each stands by its `place_index`.
void take_out(std::vector<LinkRoute*>& of, const LinkRoute& route);

/// Whether links of that direction to the address are among the route's.
bool takes(const LinkRoute& route, router::Direction direction, std::string_view address);

/// What other routers are told of a link route ("Ca/b", "E*/a"), in Qpid Dispatch's form: a
/// pattern that is a prefix is told as one. The class says what, and in which direction:
///     C, D  a prefix, of links that clients send over, receive over
///     E, F  a pattern, likewise
std::string mesh_key(const LinkRoute& route);

/// True of the keys that `mesh_key` makes, and other routers.
bool is_link_route_key(std::string_view key);

/// What a key of another router says. `text` is within the key.
struct MeshRoute {
    router::Direction direction = router::Direction::in;
    router::AddressPattern::Grammar grammar = router::AddressPattern::Grammar::prefix;
    std::string_view text;
};
/// Precondition: is_link_route_key.
MeshRoute read_mesh_key(std::string_view key);

}  // namespace weft::linkroute
