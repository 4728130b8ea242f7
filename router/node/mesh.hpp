#pragma once

#include "common/io/loop.hpp"
#include "router/config/router_config.hpp"
#include "router/core/core.hpp"
#include "router/linkstate/link_state.hpp"
#include "router/node/control_channel.hpp"
#include "router/node/mesh_demand.hpp"
#include "router/node/neighbour.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weft::node {

class LinkRouting;

/// What goes on between the Weft routers of a mesh beyond the original protocol. Calls come outside
/// of the link-state machine's, so that answers may be sent at once.
class Extension {
public:
    virtual ~Extension() = default;
    virtual void router_up(std::string_view router) = 0;
    virtual void router_down(std::string_view router) = 0;
    virtual void receive(std::string_view router, Bytes content) = 0;
};

/// A router's place in the mesh: the link-state machine between neighbours and the core.
///
/// Lives on the home loop, as all connections to other routers do; what is to be done in time is
/// what is urgent there, so that no client delays a HELLO. Threading: loop-confined.
class Mesh final : public router::Topology,
                   private linkstate::LinkStateOutput,
                   private router::Demand {
public:
    /// Both must outlive it.
    Mesh(router::Core& core, io::Loop& loop, const router_config::NodeConfig& config);
    ~Mesh() override;

    // Neighbours, by numbers that are never given out twice.
    linkstate::PeerLink add(Neighbour& neighbour);
    void remove(linkstate::PeerLink number);
    /// It may carry messages of clients already.
    void link_up(linkstate::PeerLink number, std::uint32_t cost);
    /// Messages of clients can go to it from now on: it is a way.
    void data_up(linkstate::PeerLink number);
    void link_down(linkstate::PeerLink number);
    /// The cost on our side of the links that a listener brought, or a connector (`dialled`).
    void change_cost(std::string_view name, bool dialled, std::uint32_t own);
    /// Takes a control message. Returns what it cost, in steps of a connection's turn: the bytes
    /// that it made this router send, addresses that came and went, and itself.
    std::size_t receive(linkstate::PeerLink number, Bytes message);
    /// For the channels of neighbours.
    const std::shared_ptr<ControlMemory>& control_memory() const { return control_memory_; }
    /// Who is to know of link routes that other routers announce. Null, or without a call: nobody.
    /// Must outlive it.
    void set_link_routing(LinkRouting* routing) { link_routing_ = routing; }
    /// This router has containers for the key of a link route, or has none any more.
    void announce_link_route(std::string_view key, bool has);
    /// What consumers want of containers, from router to router.
    const MeshDemand& demand() const { return demand_; }
    /// Null: none. Must outlive it, or be taken back before.
    void set_extension(Extension* extension) { extension_ = extension; }
    /// Sends a message to another Weft router's extension; false: there is no path now.
    bool send_extension(std::string_view router, Bytes content) {
        return state_.send_extension(router, content);
    }
    /// The router is about to stop: others are to avoid it.
    void leave();

    const linkstate::LinkState& state() const { return state_; }
    using Neighbours = std::map<linkstate::PeerLink, Neighbour*>;
    const Neighbours& neighbours() const { return neighbours_; }

    // Topology
    RouterIndex index_of(std::string_view router_id) const override;
    const router::Destinations& valid_destinations(RouterIndex origin) override;
    bool leads_here(RouterIndex origin, const router::Trunk& trunk) override;

private:
    // LinkStateOutput
    void send(linkstate::PeerLink link, Bytes message) override;
    void on_path(RouterIndex router, const std::optional<linkstate::Path>& path) override;
    void on_remote_address(RouterIndex router,
                           std::string_view key,
                           bool has,
                           linkstate::Hint hint) override;
    void on_silent(linkstate::PeerLink link, std::string_view why) override;
    void on_event(const linkstate::LinkStateEvent& event) override;
    void on_extension(std::string_view router, Bytes content) override;

    // Demand
    void demand_changed(const router::Address& address, bool wanted) override;

    /// For the extensions, after the machine's call.
    struct Told {
        enum class What : std::uint8_t { up, down, hears, hears_not, message };
        What what = What::up;
        std::string router;
        RouterIndex index = kNoRouter;
        Buffer content{};
    };

    router::Trunk* trunk_of(linkstate::PeerLink number) const;
    void tick();
    void after_event();
    void flush_later();
    void work_later();
    void tell_extension();
    void tell(const Told& told);

    /// What any control message counts for, one for the extension besides, and the bytes of one
    /// that is sent or read for one step.
    static constexpr std::size_t kMessageSteps = 20;
    static constexpr std::size_t kExtensionSteps = 500;
    static constexpr std::size_t kBytesOfStep = 64;

    router::Core& core_;
    io::Loop& loop_;
    std::shared_ptr<ControlMemory> control_memory_ = std::make_shared<ControlMemory>();
    linkstate::LinkState state_;
    Neighbours neighbours_;
    linkstate::PeerLink next_ = 1;
    struct GivenUp {
        linkstate::PeerLink link = 0;
        std::string why;
    };
    std::vector<GivenUp> given_up_;  // to be dropped after the machine's call
    std::vector<Told> told_;
    MeshDemand demand_;
    Extension* extension_ = nullptr;
    std::size_t steps_ = 0;  // that the message which is taken has cost
    LinkRouting* link_routing_ = nullptr;
    bool flush_due_ = false;
    io::Timer flush_timer_;
    bool work_due_ = false;
    io::Timer work_timer_;
};

}  // namespace weft::node
