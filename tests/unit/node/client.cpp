#include "tests/unit/node/client.hpp"

#include "router/core/outcome.hpp"
#include "tests/unit/router_config/fixture.hpp"

namespace weft::router::test {
namespace {

std::shared_ptr<const ListenerOptions> listener() {
    const auto config = load(R"({"listeners": [{"name": "clients"}]})").config;
    return std::make_shared<ListenerOptions>(listener_options(config->listeners.front(), "A"));
}

amqp::Options options(bool sasl) {
    amqp::Options options{.server = false, .container_id = "client"};
    if (sasl) {
        options.sasl_client = amqp::sasl_at_once("ANONYMOUS");
    }
    return options;
}

void move_output(OutBuffer& from, Buffer& to) {
    append(to, from.pending());
    from.consume(from.size());
}

/// One data section.
Buffer message(std::string_view body) {
    Buffer bytes{0x00, 0x53, 0x75, 0xa0, static_cast<std::uint8_t>(body.size())};
    append(bytes, as_bytes(body));
    return bytes;
}

}  // namespace

Client::Client(Shard& shard, bool sasl)
    : shard_{shard},
      engine_{options(sasl), *this, shard.loop().pool()},
      connection_{new AmqpConnection(shard.core(), *this, listener(), shard)},
      id_{std::to_string(connection_->routed().id)} {
    engine_.start(shard.loop().now());
    pump();
    session_ = engine_.begin();
    pump();
}

Client::~Client() {
    drop();
}

void Client::drop() {
    if (connection_) {
        protocol().on_lost("the test is over");
        connection_.reset();
    }
}

void Client::pump() {
    for (Buffer bytes; connection_;) {
        engine_.flush();
        move_output(engine_.output(), bytes);
        const bool sent = !bytes.empty();
        if (sent) {
            protocol().on_bytes(bytes, shard_.loop().now());
            bytes.clear();
        }
        protocol().before_write();
        move_output(protocol().output(), bytes);
        if (!bytes.empty()) {
            engine_.receive(bytes, shard_.loop().now());
            bytes.clear();
        } else if (!sent) {
            return;
        }
    }
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
    amqp::Link* link = session_->attach(attach);
    pump();
    return *link;
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

void Client::accept_all() {
    for (const Received& each : std::exchange(received_, {})) {
        each.link->update(each.id, kAccepted, /*settled=*/true);
    }
    pump();
}

void Client::on_close(bool by_peer, const amqp::ErrorView* error) {
    if (by_peer && error != nullptr) {
        closed_ = std::string{error->condition} + " " + std::string{error->description};
    }
}

void Client::on_transfer(amqp::Link& link, const amqp::IncomingTransfer& transfer, amqp::Context&) {
    if (!transfer.more) {
        received_.push_back({&link, transfer.id});
    }
}

}  // namespace weft::router::test
