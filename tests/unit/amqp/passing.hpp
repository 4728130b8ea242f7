#pragma once

#include "common/amqp/passage.hpp"
#include "tests/unit/amqp/frames.hpp"
#include "tests/unit/amqp/recorder.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weft::amqp::test {

/// Its peer's attaches are let through: the links pass, and are answered as the test says.
class PassingRecorder : public Recorder {
public:
    std::optional<Flow> told;
    Transfer last;
    Flow last_flow;

    void on_passed(
        Link&, const Transfer& transfer, bool first, Bytes payload, Context& context) override {
        events.push_back("passed " + std::to_string(*transfer.delivery_id) +
                         (first ? " first" : "") + (transfer.more ? " more" : "") + " '" +
                         std::string(as_text(payload)) + "'");
        last = transfer;
        if (first) {
            context = 70 + *transfer.delivery_id;
        }
    }
    void on_passed(Link&, const Flow& flow) override {
        events.push_back("flow passed " + std::to_string(flow.link_credit.value_or(0)) +
                         (flow.drain ? " drain" : "") + (flow.echo ? " echo" : "") + " at " +
                         (flow.delivery_count ? std::to_string(*flow.delivery_count) : "none") +
                         " of " + std::to_string(flow.available.value_or(0)));
        last_flow = flow;
    }
};

struct Passing {
    explicit Passing(std::uint32_t peers_frame_max = 65536) {
        handler.engine = &engine;
        handler.attached = [this](Link& link, const Attach&) {
            if (link.awaits_answer()) {
                handler.told = Passage{link}.begin();
            }
        };
        engine.start(now);
        give({header(0), open({.container_id = "peer", .max_frame_size = peers_frame_max}),
              begin(0, {.incoming_window = 4})});
        handler.take();
    }
    Lines give(const std::vector<Buffer>& parts) {
        engine.receive(join(parts), now);
        return output();
    }
    Lines output() {
        engine.flush();
        Lines result = lines(engine.output().pending());
        engine.output().consume(engine.output().size());
        engine.output_drained();
        return result;
    }
    Session& session() { return *handler.sessions.back(); }
    /// The peer receives on handle 0, and was accepted.
    Link& outgoing() {
        give({attach(0, {.name = "out", .receiver = true})});
        Link& link = *handler.links.back();
        CHECK(link.accept({.initial_delivery_count = 40}));
        output();
        handler.take();
        return link;
    }
    /// The peer sends on handle 0, and was accepted.
    Link& incoming() {
        give({attach(0, {.name = "in", .initial_delivery_count = 9})});
        Link& link = *handler.links.back();
        CHECK(link.accept({}));
        output();
        handler.take();
        return link;
    }

    BlockPool pool;
    PassingRecorder handler;
    Engine engine{std::make_shared<const Options>(server_options()), handler, pool};
    Instant now{};
};

inline Lines passed(Passing& f, Link& link, Transfer transfer, std::string_view payload) {
    Bytes left = as_bytes(payload);
    CHECK(Passage{link}.transfer(transfer, left, 5));
    return f.output();
}

}  // namespace weft::amqp::test
