#include "tests/unit/node/client.hpp"

#include "tests/unit/router_config/fixture.hpp"

#include <memory>
#include <utility>

namespace weft::node::test {
namespace {

std::shared_ptr<const PeerProfile> client_listener() {
    const auto config = router_config::test::load(R"({"listeners": [{"name": "clients"}]})").config;
    return std::make_shared<PeerProfile>(listener_profile(config->listeners.front(), "A"));
}

amqp::Options options(bool sasl, Buffer properties) {
    amqp::Options options{
        .server = false, .container_id = "client", .properties = std::move(properties)};
    if (sasl) {
        options.sasl_choices = {amqp::sasl_at_once("ANONYMOUS")};
    }
    return options;
}

/// One data section.
Buffer message(std::string_view body) {
    Buffer bytes{0x00, 0x53, 0x75, 0xa0, static_cast<std::uint8_t>(body.size())};
    append(bytes, as_bytes(body));
    return bytes;
}

}  // namespace

Client::Client(Shard& shard, bool sasl, Buffer properties)
    : EnginePeer{shard.loop(), options(sasl, std::move(properties))} {
    auto connection =
        std::make_unique<ClientConnection>(shard.core(), transport(), client_listener(), shard);
    connection_ = connection.get();
    id_ = std::to_string(connection_->id());
    carry(std::move(connection));
    open();
}

amqp::Link& Client::attach(bool receiver, std::string_view address) {
    const std::string name = "link-" + std::to_string(++names_);
    amqp::Attach attach;
    attach.name = name;
    attach.receiver = receiver;
    attach.source.emplace().kind = amqp::Terminus::Kind::source;
    attach.target.emplace().kind = amqp::Terminus::Kind::target;
    attach.initial_delivery_count = 0;
    if (!address.empty()) {
        (receiver ? attach.source : attach.target)->address = address;
    }
    return EnginePeer::attach(attach);
}

amqp::Link& Client::send_to(std::string_view address) {
    return attach(/*receiver=*/false, address);
}

amqp::Link& Client::receive_from(std::string_view address, std::uint32_t credit) {
    amqp::Link& link = attach(/*receiver=*/true, address);
    link.grant(credit);
    pump();
    return link;
}

void Client::send(amqp::Link& link, std::string_view body, bool settled) {
    link.send({.settled = settled}, message(body), /*more=*/false);
    pump();
}

}  // namespace weft::node::test
