#pragma once

#include "common/base/assert.hpp"
#include "common/endpoint/connection.hpp"
#include "tests/support/engine_peer.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace weft::endpoint::test {

/// A connection that accepts every link and keeps what happened to it.
class TestConnection final : public Connection {
public:
    static constexpr std::uint64_t kId = 7;

    TestConnection(io::Transport& transport, std::shared_ptr<const ConnectionProfile> profile)
        : Connection{transport, std::move(profile)} {
        start(kId);
    }

    amqp::Engine& engine() { return machine(); }
    const std::vector<std::string>& events() const { return events_; }
    bool was_told(const std::string& event) const {
        return std::find(events_.begin(), events_.end(), event) != events_.end();
    }

private:
    void on_opened(const amqp::Open& open) override {
        events_.emplace_back("opened");
        Connection::on_opened(open);
    }
    void on_closed(bool by_peer, const amqp::ErrorView* error) override {
        events_.push_back(std::string{by_peer ? "closed by the peer" : "closed"} +
                          (error == nullptr ? "" : ": " + std::string{error->condition}));
    }
    void on_cut(std::string_view why) override { events_.push_back("cut: " + std::string{why}); }
    void on_gone(std::string_view why) override { events_.push_back("gone: " + std::string{why}); }
    void on_attach(amqp::Link& link, const amqp::Attach& attach) override {
        WEFT_CHECK(link.accept(attach));
    }
    void on_detach(amqp::Link&, bool, const amqp::ErrorView*) override {
        events_.emplace_back("detached");
    }

    std::vector<std::string> events_;
};

inline ConnectionProfile server_profile() {
    ConnectionProfile profile;
    profile.name = "clients";
    profile.engine.container_id = "server";
    return profile;
}

inline ConnectionProfile client_profile() {
    ConnectionProfile profile;
    profile.name = "to-server";
    profile.engine.server = false;
    profile.engine.container_id = "client";
    return profile;
}

/// A connection under test and its peer, which is a client if the connection is a server.
struct World {
    explicit World(ConnectionProfile profile, amqp::Options peers = {})
        : peer{loop, of_peer(std::move(peers), profile.engine.server)} {
        auto made = std::make_unique<TestConnection>(
            peer.transport(), std::make_shared<const ConnectionProfile>(std::move(profile)));
        connection = made.get();
        peer.carry(std::move(made));
    }

    static amqp::Options of_peer(amqp::Options options, bool client) {
        options.server = !client;
        options.container_id = "peer";
        return options;
    }
    io::Protocol& protocol() { return *connection; }

    io::Loop loop;
    weft::test::EnginePeer peer;
    TestConnection* connection;  // until it is dropped
};

}  // namespace weft::endpoint::test
