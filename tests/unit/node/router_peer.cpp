#include "tests/unit/node/router_peer.hpp"

#include "common/wire/value.hpp"
#include "router/linkstate/link_state.hpp"
#include "tests/unit/router_config/fixture.hpp"

#include <memory>
#include <string>

namespace weft::node::test {
namespace {

std::shared_ptr<const PeerProfile> router_listener() {
    const auto config = router_config::test::load(R"({"router": {"id": "A", "mode": "interior"},
        "listeners": [{"name": "mesh", "role": "inter-router"}]})")
                            .config;
    return std::make_shared<PeerProfile>(listener_profile(config->listeners.front(), "A"));
}

/// Keeps the last message that the machine wants to be sent.
struct Hello final : linkstate::LinkStateOutput {
    void send(linkstate::PeerLink, Bytes message) override {
        last.assign(message.begin(), message.end());
    }
    void on_path(RouterIndex, const std::optional<linkstate::Path>&) override {}
    void on_remote_address(RouterIndex, std::string_view, bool, linkstate::Hint) override {}
    void on_silent(linkstate::PeerLink, std::string_view) override {}
    void on_event(const linkstate::LinkStateEvent&) override {}

    Buffer last;
};

}  // namespace

RouterPeer::RouterPeer(Shard& shard)
    : EnginePeer{shard.loop(),
                 {.server = false,
                  .container_id = "P",
                  .sasl_choices = {amqp::sasl_at_once("ANONYMOUS")}}},
      shard_{shard} {
    carry(std::make_unique<NeighbourConnection>(shard.core(), transport(), router_listener(), shard,
                                                *shard.mesh()));
}

amqp::Link& RouterPeer::attach(bool receiver, std::string_view capability, std::uint32_t credit) {
    Buffer capabilities;
    wire::encode(capabilities, wire::Symbol{std::string{capability}});
    const std::string name = "link-" + std::to_string(++names_);
    amqp::Attach attach;
    attach.name = name;
    attach.receiver = receiver;
    attach.source.emplace().capabilities = capabilities;
    attach.target.emplace().capabilities = capabilities;
    attach.target->kind = amqp::Terminus::Kind::target;
    attach.initial_delivery_count = 0;
    return EnginePeer::attach(attach, credit);
}

void RouterPeer::attach_pair(std::string_view capability, std::uint32_t credit) {
    attach(/*receiver=*/false, capability);
    attach(/*receiver=*/true, capability, credit);
}

void RouterPeer::send(amqp::Link& link, Bytes message, bool more) {
    EnginePeer::send(link, message, /*settled=*/true, more);
}

void RouterPeer::say_hello(amqp::Link& link) {
    Hello hello;
    linkstate::LinkState machine{{.id = "P"}, hello};
    machine.link_up(1, 1, shard_.loop().now());
    send(link, hello.last);
}

}  // namespace weft::node::test
