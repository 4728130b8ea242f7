#pragma once

#include "common/amqp/engine.hpp"
#include "common/io/loop.hpp"
#include "common/io/transport.hpp"
#include "tests/fuzz/script.hpp"
#include "tests/support/engine_peer.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace weft::fuzz {

/// The other end of a connection under test: an engine in memory that keeps to the protocol and
/// does what a script says, with the timing that it says: what either side wrote reaches the other
/// when it is told to speak or listen.
class ScriptedPeer final : private amqp::Handler {
public:
    using MakeProtocol = std::function<std::unique_ptr<io::Protocol>(io::Transport&)>;
    using MakeMessage = std::function<Buffer(Script&)>;

    ScriptedPeer(io::Loop& loop, amqp::Options options, const MakeProtocol& make);
    ~ScriptedPeer() override { drop(); }
    ScriptedPeer(const ScriptedPeer&) = delete;
    ScriptedPeer& operator=(const ScriptedPeer&) = delete;

    bool is_gone() const { return protocol_ == nullptr; }

    /// The connection under test gets what this one wrote.
    void speak();
    /// Reads what the connection under test wrote.
    void listen();
    /// Both until nothing is left.
    void exchange();
    /// These bytes reach the connection under test, whatever they are.
    void inject(Bytes bytes);
    /// The connection is lost, if it stands.
    void drop();
    /// The same if the connection under test asked its transport for that.
    void leave_if_asked();

    /// Begins a session if there are few.
    void begin();
    /// On one of the sessions. A link is for control messages if its target is for "qd.router".
    void attach(Script& script, const amqp::Attach& attach);
    /// A whole control message, settled, if there is a link for it that may send.
    void say(Bytes message);
    /// Something that a peer may do with its links, deliveries and sessions.
    void move(Script& script, const MakeMessage& message);

private:
    struct Known {
        amqp::Link* link = nullptr;
        amqp::DeliveryId id = 0;
    };

    // amqp::Handler
    void on_sasl_init(amqp::Engine& engine, std::string_view mechanism, Bytes response) override;
    void on_begin(amqp::Session& session, const amqp::Begin& begin) override;
    void on_end(amqp::Session& session, const amqp::ErrorView* error) override;
    void on_attach(amqp::Link& link, const amqp::Attach& attach) override;
    void on_detach(amqp::Link& link, bool closed, const amqp::ErrorView* error) override;
    void on_transfer(amqp::Link& link,
                     const amqp::IncomingTransfer& transfer,
                     amqp::Context& context) override;
    void on_update(amqp::Link& link,
                   const amqp::DeliveryUpdate& update,
                   amqp::Context context) override;

    void send(Script& script, amqp::Link& link, const MakeMessage& message);
    void settle(Script& script, std::vector<Known>& deliveries);
    void detach(Script& script, amqp::Link& link);
    void end_session(Script& script);
    void leave(const amqp::Session& session);
    void forget(const amqp::Link& link);
    void give(Bytes bytes);
    io::Loop& loop_;
    weft::test::MemoryTransport transport_;
    amqp::Engine engine_;
    std::unique_ptr<io::Protocol> protocol_;
    std::vector<amqp::Session*> sessions_;
    std::vector<amqp::Link*> links_;
    std::vector<Known> sent_;  // unsettled
    std::vector<Known> received_;
    std::ptrdiff_t withheld_ = 0;  // bytes of the first session's window
    std::uint32_t names_ = 0;
};

}  // namespace weft::fuzz
