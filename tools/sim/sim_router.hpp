#pragma once

#include "router/linkstate/link_state.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::sim {

/// Is told what the routers of a mesh tell, as they tell it.
class SimWatcher {
public:
    virtual ~SimWatcher() = default;
    /// Router `at` found a path to router `to`, or another one, or lost it.
    virtual void on_path(std::size_t at,
                         std::string_view to,
                         const std::optional<linkstate::Path>& path) = 0;
    /// Router `at` learnt that another one has consumers of an address, or has none any more.
    virtual void on_address(std::size_t at, bool has) = 0;
};

/// One router of a simulated mesh, and what its machine told.
class SimRouter final : public linkstate::LinkStateOutput {
public:
    struct Sent {
        linkstate::PeerLink link = 0;
        Buffer bytes;
    };

    /// `watcher` may be null; `number` is how it knows this router.
    SimRouter(linkstate::LinkStateOptions options, SimWatcher* watcher, std::size_t number)
        : machine{std::move(options), *this}, watcher_{watcher}, number_{number} {}

    void send(linkstate::PeerLink link, Bytes message) override;
    void on_path(RouterIndex router, const std::optional<linkstate::Path>& path) override;
    void on_remote_address(RouterIndex router,
                           std::string_view key,
                           bool has,
                           linkstate::Hint hint) override;
    void on_silent(linkstate::PeerLink /*link*/, std::string_view /*why*/) override {}
    void on_event(const linkstate::LinkStateEvent& event) override { events.push_back(event); }

    std::size_t count(linkstate::LinkStateEvent::Kind kind) const;

    linkstate::LinkState machine;
    std::vector<Sent> outbox;
    std::map<RouterIndex, linkstate::Path> paths;
    std::map<RouterIndex, std::set<std::string, std::less<>>> keys;
    std::vector<linkstate::LinkStateEvent> events;
    std::vector<std::string> faults;  // told against the rules of LinkStateOutput

private:
    SimWatcher* watcher_;
    std::size_t number_;
};

}  // namespace weft::sim
