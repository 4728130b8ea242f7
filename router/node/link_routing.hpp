#pragma once

#include "common/base/result.hpp"
#include "common/io/loop.hpp"
#include "router/linkroute/link_routes.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

namespace weft::node {

class Mesh;

/// The link routes among what they depend on: containers that come and go tell it, and the mesh is
/// told which links this router has containers for.
/// Threading: loop-confined (home's loop).
class LinkRouting final {
public:
    /// Link routes that follow a container in one turn of the loop.
    static constexpr std::size_t kFollowAtOnce = 1'000;
    /// Between two warnings that link routes of one router are not taken.
    static constexpr Duration kWarningGap = std::chrono::minutes{1};

    /// `loop` must outlive it.
    explicit LinkRouting(io::Loop& loop) : loop_{loop} {}

    /// Null, or without a call: this router is alone. Must outlive it, or be taken back before.
    void set_mesh(Mesh* mesh) { mesh_ = mesh; }

    const linkroute::LinkRoutes& routes() const { return routes_; }
    /// Who is to know whether there is any link route, of this or another router.
    void tell_of_any(std::function<void(bool any)> tell) { tell_ = std::move(tell); }
    /// Who is to know whether any takes coordinators of transactions, of this router, but for those
    /// that addresses make.
    void tell_of_coordinators(std::function<void(bool any)> tell) {
        tell_of_coordinators_ = std::move(tell);
    }
    /// Of an edge router, who is told which links it has containers for.
    void announce_by(std::function<void(std::string_view key, bool has)> tell) {
        announce_ = std::move(tell);
    }
    /// Some addresses are kept by brokers: whose links are routed is asked even while there is no
    /// link route.
    void expect(bool routed);

    // As LinkRoutes has them.
    [[nodiscard]] Result<const linkroute::LinkRoute*> add(linkroute::LinkRouteConfig config);
    [[nodiscard]] Result<const linkroute::LinkRoute*> add_for(std::uint64_t connection,
                                                              std::string_view container,
                                                              linkroute::LinkRouteConfig config);
    bool remove(std::uint64_t id);
    bool covers(router::Direction direction, std::string_view address) const {
        return routes_.covers(direction, address);
    }
    std::optional<linkroute::Way> choose(router::Direction direction,
                                         std::string_view address,
                                         const linkroute::Way* with) {
        return routes_.choose(direction, address, with);
    }
    void started(const linkroute::Way& way) { routes_.started(way); }
    void ended(const linkroute::Way& way) { routes_.ended(way); }

    // What connections tell.
    void opened(std::uint64_t connection, std::string_view container, std::string_view name);
    /// Of any connection, also one that is no container's: what it made for itself is gone.
    void gone(std::uint64_t connection);

    // What the mesh tells.
    void set_cost(RouterIndex router, std::optional<std::uint32_t> cost) {
        routes_.set_cost(router, cost);
    }
    void set_remote(RouterIndex router, std::string_view key, bool has);
    /// That such were not taken, ever.
    std::uint64_t warnings() const { return warnings_; }

private:
    void warn(RouterIndex router, std::string_view key, std::string_view why);
    std::function<void(std::string_view key, bool has)> announce_;
    void follow();
    /// What came of it so far is told; the rest follows in later turns.
    void work();
    void work_later();
    void announce();
    void tell_if_changed();
    /// It came, or it goes.
    void note(const linkroute::LinkRoute& route, bool came);

    io::Loop& loop_;
    linkroute::LinkRoutes routes_;
    std::function<void(bool)> tell_;
    bool any_ = false;       // as was told
    bool expected_ = false;  // as was said
    std::function<void(bool)> tell_of_coordinators_;
    std::size_t take_coordinators_ = 0;  // as `note` counts them
    Mesh* mesh_ = nullptr;
    std::map<RouterIndex, Instant> warned_;  // until when no other line is written of it
    std::uint64_t warnings_ = 0;
    bool more_ = false;  // for the next turn
    io::Timer next_;
};

}  // namespace weft::node
