#include "tests/unit/node/router_peer.hpp"

#include "common/wire/value.hpp"
#include "tests/unit/router_config/fixture.hpp"

namespace weft::router::test {
namespace {

std::shared_ptr<const ListenerOptions> listener() {
    const auto config = load(R"({"router": {"id": "A", "mode": "interior"},
        "listeners": [{"name": "mesh", "role": "inter-router"}]})")
                            .config;
    return std::make_shared<ListenerOptions>(listener_options(config->listeners.front(), "A"));
}

void move_output(OutBuffer& from, Buffer& to) {
    append(to, from.pending());
    from.consume(from.size());
}

std::string text_of(const amqp::ErrorView& error) {
    return std::string{error.condition} + " " + std::string{error.description};
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
    : shard_{shard},
      engine_{
          {.server = false, .container_id = "P", .sasl_client = amqp::sasl_at_once("ANONYMOUS")},
          *this,
          shard.loop().pool()},
      connection_{new AmqpConnection(shard.core(), *this, listener(), shard, shard.mesh())} {}

RouterPeer::~RouterPeer() {
    drop();
}

void RouterPeer::open() {
    engine_.start(shard_.loop().now());
    pump();
    session_ = engine_.begin();
    pump();
}

void RouterPeer::drop() {
    if (connection_) {
        protocol().on_lost("the test is over");
        connection_.reset();
    }
}

void RouterPeer::pump() {
    for (Buffer bytes; connection_;) {
        engine_.flush();
        move_output(engine_.output(), bytes);
        engine_.output_drained();
        const bool sent = !bytes.empty();
        if (sent) {
            protocol().on_bytes(bytes, shard_.loop().now());
            bytes.clear();
        }
        protocol().before_write();
        move_output(protocol().output(), bytes);
        if (!bytes.empty()) {
            protocol().on_written();
            engine_.receive(bytes, shard_.loop().now());
            bytes.clear();
        } else if (!sent) {
            return;
        }
    }
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
    amqp::Link* link = session_->attach(attach);
    if (credit > 0) {
        link->grant(credit);
    }
    pump();
    return *link;
}

void RouterPeer::attach_pair(std::string_view capability, std::uint32_t credit) {
    attach(/*receiver=*/false, capability);
    attach(/*receiver=*/true, capability, credit);
}

void RouterPeer::detach(amqp::Link& link) {
    link.detach(/*closed=*/true, std::nullopt);
    pump();
}

void RouterPeer::end_session() {
    session_->end(std::nullopt);
    pump();
}

void RouterPeer::send(amqp::Link& link, Bytes message, bool more) {
    while (!message.empty() && closed_.empty()) {
        message = message.subspan(link.send({.settled = true}, message, more).taken);
        pump();
    }
}

void RouterPeer::say_hello(amqp::Link& link) {
    Hello hello;
    linkstate::LinkState machine{{.id = "P"}, hello};
    machine.link_up(1, 1, shard_.loop().now());
    send(link, hello.last);
}

void RouterPeer::on_close(bool by_peer, const amqp::ErrorView* error) {
    if (by_peer && error != nullptr) {
        closed_ = text_of(*error);
    }
}

void RouterPeer::on_detach(amqp::Link&, bool, const amqp::ErrorView* error) {
    if (error != nullptr) {
        detached_.push_back(text_of(*error));
    }
}

void RouterPeer::on_transfer(amqp::Link&, const amqp::IncomingTransfer& transfer, amqp::Context&) {
    received_ += transfer.more ? 0 : 1;
}

}  // namespace weft::router::test
