#pragma once

#include "router/linkroute/areas.hpp"
#include "router/linkroute/link_route.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace weft::linkroute {

/// The containers, and names of connections, that link routes name or that are connected. Those
/// that come and go give link routes targets and take them away, a few at a time (R1).
/// Threading: loop-confined.
class Places {
public:
    /// `areas` must outlive it.
    explicit Places(Areas& areas) : areas_{areas} {}

    /// The place as it is kept: by a link route that is to join it, or to be dropped.
    const std::string& obtain(Finds by, std::string_view name);
    void drop_if_unused(const std::string& place);
    /// A link route that names its place has a target there for each connection.
    void join(LinkRoute& route);
    void leave(const LinkRoute& route);

    /// A connection to a container is open, or is over; that it goes means nothing if it never
    /// came.
    void came(std::uint64_t connection, std::string_view container, std::string_view name);
    void gone(std::uint64_t connection);
    bool is_open(std::uint64_t connection) const { return connections_.contains(connection); }
    /// Goes on with what those mean for `budget` link routes. True: there is more.
    bool work(std::size_t budget);

private:
    struct Place {
        std::vector<LinkRoute*> routes;
        std::vector<std::uint64_t> connections;
    };
    using Map = std::unordered_map<std::string, Place>;
    /// A connection came to a place, or went: the first so many of its link routes follow.
    struct Following {
        std::string place;
        std::uint64_t connection = 0;
        bool came = true;
        std::size_t left = 0;
        bool has_begun = false;
    };

    void follow(const std::string& place, std::uint64_t connection, bool came);
    void forget_if_unused(Map::iterator at);

    Areas& areas_;
    Map places_;
    boost::unordered_flat_map<std::uint64_t, std::vector<std::string>> connections_;  // their names
    std::deque<Following> following_;
};

}  // namespace weft::linkroute
