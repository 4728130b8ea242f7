#pragma once

#include "common/amqp/engine.hpp"
#include "tests/unit/amqp/frames.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace weft::amqp::test {

/// A handler that writes down what it hears, and does what the test asked for.
class Recorder : public Handler {
public:
    Lines events;
    Engine* engine = nullptr;
    std::vector<Session*> sessions;  // begun, by either side
    std::vector<Link*> links;        // attached, by either side
    bool sees_to_all = false;        // of a session that is over it needs not hear of each link

    // Called after the event is written down.
    std::function<void(std::string_view mechanism)> sasl_init = [this](std::string_view) {
        engine->sasl_outcome(0, {});
    };
    std::function<void(Link&, const Attach&)> attached = [](Link& link, const Attach& attach) {
        static_cast<void>(link.accept({.source = attach.source, .target = attach.target}));
    };
    Buffer opening_properties;               // and what it says besides
    std::shared_ptr<const Options> opening;  // what on_opening returns; not written down
    std::function<void(const Open&)> opened = [](const Open&) {};
    std::function<void(Link&)> detached = [](Link&) {};
    std::function<void(Link&, const IncomingTransfer&, Context&)> transferred =
        [](Link&, const IncomingTransfer&, Context&) {};
    std::function<void(Link&, const DeliveryUpdate&, Context)> updated =
        [](Link&, const DeliveryUpdate&, Context) {};
    std::function<void(Link&)> credited = [](Link&) {};
    std::function<void(Link&, Bytes)> flow_properties = [](Link&, Bytes) {};  // not written down
    std::function<void()> writable = [] {};

    /// The events since the last call.
    Lines take() { return std::exchange(events, {}); }

    void on_sasl_init(Engine&, std::string_view mechanism, Bytes response) override;
    void on_sasl_response(Engine&, Bytes response) override;
    std::shared_ptr<const Options> on_opening(const Open&, Buffer& properties) override {
        properties = opening_properties;
        return opening;
    }
    void on_open(const Open& open) override;
    void on_close(bool by_peer, const ErrorView* error) override;
    void on_begin(Session& session, const Begin& begin) override;
    bool on_over(Session&) override { return sees_to_all; }
    void on_end(Session& session, const ErrorView* error) override;
    void on_attach(Link& link, const Attach& attach) override;
    void on_detach(Link& link, bool closed, const ErrorView* error) override;
    void on_transfer(Link& link, const IncomingTransfer& transfer, Context& context) override;
    void on_update(Link& link, const DeliveryUpdate& update, Context context) override;
    void on_credit(Link& link) override;
    void on_flow_properties(Link& link, Bytes properties) override {
        flow_properties(link, properties);
    }
    void on_drained(Link& link) override;
    void on_writable() override;
};

/// A server's engine and its recorder, with shorthands.
struct Fixture {
    explicit Fixture(Options options = {}, Census* census = nullptr);

    /// Gives bytes, flushes; returns the lines that went out.
    Lines give(const Buffer& in);
    Lines give(const std::vector<Buffer>& parts);
    /// Flushes and takes the output.
    Lines output();
    /// Header, open and begin of channel 0 from the peer; nothing of that is kept.
    void begin_session(std::uint32_t peer_window = 1000);
    /// The peer attaches `name` as a sender on handle 0 of channel 0; `credit` is granted.
    Link& incoming_link(std::uint32_t credit, std::string_view name = "in");
    /// The peer attaches `name` as a receiver on handle 0 of channel 0 and gives `credit`.
    Link& outgoing_link(std::uint32_t credit, std::string_view name = "out");

    BlockPool pool;
    Recorder handler;
    Engine engine;
    Instant now{};
};

Options server_options();

}  // namespace weft::amqp::test

template <>
struct doctest::StringMaker<weft::amqp::test::Lines> {
    static String convert(const weft::amqp::test::Lines& lines) {
        String text;
        for (const std::string& line : lines) {
            text += ("[" + line + "]").c_str();
        }
        return text;
    }
};
