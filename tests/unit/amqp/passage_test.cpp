#include "common/amqp/passage.hpp"

#include "common/wire/delivery_state.hpp"
#include "tests/unit/amqp/frames.hpp"
#include "tests/unit/amqp/recorder.hpp"

#include <doctest/doctest.h>

#include <utility>

namespace weft::amqp::test {
namespace {

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

Lines passed(Passing& f, Link& link, Transfer transfer, std::string_view payload) {
    Bytes left = as_bytes(payload);
    CHECK(Passage{link}.transfer(transfer, left, 5));
    return f.output();
}

}  // namespace

TEST_SUITE_BEGIN("passage");

TEST_CASE("what the peer said before it was let through is told") {
    Passing f;
    f.give({attach(0, {.name = "out", .receiver = true})});
    CHECK_FALSE(f.handler.told);
    f.handler.attached = [](Link&, const Attach&) {};
    f.give(
        {attach(0, {.name = "two", .handle = 1, .receiver = true}), flow(0, {.next_incoming_id = 0,
                                                                             .incoming_window = 4,
                                                                             .handle = 1,
                                                                             .link_credit = 7,
                                                                             .drain = true,
                                                                             .echo = true})});
    const auto told = Passage{*f.handler.links.back()}.begin();
    REQUIRE(told);
    CHECK(told->link_credit == 7);
    CHECK(told->drain);
    CHECK(told->echo);
    CHECK_FALSE(told->delivery_count);
    // The echo is not answered by us.
    CHECK(f.handler.links.back()->accept({}));
    CHECK(f.output() == Lines{"attach 1 sender two no-source no-target"});
}

TEST_CASE("an attach goes out with each field as it was given, at once or later") {
    Passing f;
    f.give({attach(0, {.name = "out", .receiver = true})});
    CHECK(f.output().empty());
    Link& link = *f.handler.links.back();
    Buffer map;
    wire::Writer{map}.raw(Buffer{0xc1, 0x01, 0x00});
    CHECK(link.accept({.unsettled = map,
                       .incomplete_unsettled = true,
                       .initial_delivery_count = 40,
                       .max_message_size = 77,
                       .properties = map}));
    f.engine.flush();
    const Bytes out = f.engine.output().pending();
    const Attach sent = decode_attach(out.subspan(11)).value();
    CHECK(sent.initial_delivery_count == 40);
    CHECK(sent.max_message_size == 77);
    CHECK(sent.incomplete_unsettled);
    CHECK(sent.unsettled.size() == 3);
    CHECK(sent.properties.size() == 3);
}

TEST_CASE("flows are told with all they say, and answered by nobody") {
    Passing f;
    f.outgoing();
    CHECK(f.give({flow(0, {.next_incoming_id = 0,
                           .incoming_window = 4,
                           .handle = 0,
                           .delivery_count = 40,
                           .link_credit = 3,
                           .available = 8,
                           .drain = true,
                           .echo = true})})
              .empty());
    CHECK(f.handler.take() == Lines{"flow passed 3 drain echo at 40 of 8"});
}

TEST_CASE("a receiver's flow goes out once, as the last one said it") {
    Passing f;
    Link& link = f.incoming();
    CHECK(f.output().empty());  // no credit of our own
    CHECK(Passage{link}.flow({.delivery_count = 9, .link_credit = 10, .echo = true}));
    CHECK(Passage{link}.flow({.delivery_count = 9, .link_credit = 20, .available = 4}));
    f.engine.flush();
    const Flow sent = decode_flow(f.engine.output().pending().subspan(11)).value();
    CHECK(sent.delivery_count == 9);
    CHECK(sent.link_credit == 20);
    CHECK(sent.available == 4);
    CHECK(sent.echo);
    CHECK_FALSE(sent.drain);
    CHECK(f.output().size() == 1);
}

TEST_CASE("a flow with properties keeps them") {
    Passing f;
    Link& link = f.incoming();
    const Buffer map{0xc1, 0x01, 0x00};
    CHECK(Passage{link}.flow({.link_credit = 20, .properties = map}));
    f.engine.flush();
    const Flow sent = decode_flow(f.engine.output().pending().subspan(11)).value();
    CHECK(sent.link_credit == 20);
    CHECK_FALSE(sent.delivery_count);
    CHECK(sent.properties.size() == 3);
    CHECK(sent.incoming_window > 0);
}

TEST_CASE("transfers come with what stands in them, whatever the credit") {
    Passing f;
    f.incoming();
    Transfer transfer = first_of(0);
    transfer.receiver_settle_mode = 1;
    transfer.more = true;
    transfer.state = wire::kAccepted;
    f.give({test::transfer(0, transfer, "ab"),
            test::transfer(0, {.settled = true, .batchable = true}, "c")});
    CHECK(f.handler.take() == Lines{"passed 0 first more 'ab'", "passed 0 'c'"});
    CHECK(f.handler.last.settled == true);
    CHECK(f.handler.last.batchable);
    CHECK_FALSE(f.handler.last.message_format);
    CHECK(f.session().unsettled() == 0);
}

TEST_CASE("a delivery and what becomes of it pass under our own ids") {
    Passing f;
    f.incoming();
    f.give({transfer(0, first_of(0), "a"), transfer(0, first_of(1), "b")});
    CHECK(f.session().unsettled() == 2);
    f.handler.take();
    // The sender settles one, and says something of the other.
    f.give({disposition(0, {.first = 0, .last = 0, .settled = true}),
            disposition(0, {.first = 1, .last = 1, .state = wire::kAccepted})});
    CHECK(f.handler.take() == Lines{"update 0 settled context 70", "update 1 36 context 71"});
    Link& link = *f.handler.links.back();
    link.update(1, wire::kAccepted, true);
    CHECK(f.output() == Lines{"disposition receiver 1..1 settled accepted"});
    CHECK(f.session().unsettled() == 0);
}

TEST_CASE("transfers go out with all fields, without credit, and cut to the peer's frames") {
    Passing f;
    Link& link = f.outgoing();
    Transfer given = first_of(0);
    given.message_format = 3;
    CHECK(passed(f, link, given, "abc") == Lines{"transfer 0 id 0 format 3 'abc'"});
    CHECK(f.session().unsettled() == 1);
    CHECK(link.delivery_count() == 41);

    given = {.delivery_tag = as_bytes("tag"),
             .more = true,
             .receiver_settle_mode = 1,
             .state = wire::kAccepted,
             .resume = true,
             .batchable = true};
    Bytes payload = as_bytes("x");
    CHECK(Passage{link}.transfer(given, payload, 6));
    f.engine.flush();
    std::size_t consumed = 0;
    const Transfer sent =
        decode_transfer(f.engine.output().pending().subspan(11), consumed).value();
    CHECK(sent.delivery_id == 1);
    CHECK(as_text(*sent.delivery_tag) == "tag");
    CHECK_FALSE(sent.settled);
    CHECK_FALSE(sent.message_format);
    CHECK(sent.more);
    CHECK(sent.receiver_settle_mode == 1);
    CHECK(sent.state.size() == Bytes{wire::kAccepted}.size());
    CHECK(sent.resume);
    CHECK(sent.batchable);
    f.output();
    CHECK(passed(f, link, {.aborted = true}, "") == Lines{"transfer 0 aborted ''"});
    CHECK(f.session().unsettled() == 1);
}

TEST_CASE("what finds no window waits with whoever gave it") {
    Passing f;
    Link& link = f.outgoing();
    for (int i = 0; i < 4; ++i) {
        passed(f, link, first_of(0), "a");
    }
    Transfer left = first_of(0);
    Bytes payload = as_bytes("b");
    CHECK_FALSE(Passage{link}.transfer(left, payload, 7));
    CHECK(payload.size() == 1);
    CHECK(left.delivery_id);
    CHECK(f.output().empty());
    f.give({flow(0, {.next_incoming_id = 4, .incoming_window = 4})});
    CHECK(f.handler.take() == Lines{"writable"});
    CHECK(passed(f, link, left, "b") == Lines{"transfer 0 id 4 'b'"});
}

TEST_CASE("a large message goes on in pieces where it stopped") {
    Passing f{512};
    Link& link = f.outgoing();
    const std::string message(2500, 'm');
    Transfer left = first_of(0);
    left.settled = true;
    Bytes payload = as_bytes(message);
    CHECK_FALSE(Passage{link}.transfer(left, payload, 7));
    CHECK(payload.size() > 2500 - 4 * 512);
    CHECK_FALSE(left.delivery_id);
    CHECK(link.in_delivery());
    f.output();
    f.give({flow(0, {.next_incoming_id = 4, .incoming_window = 5})});
    CHECK(Passage{link}.transfer(left, payload, 7));
    CHECK_FALSE(link.in_delivery());
}

TEST_CASE("the peer's detach is answered by the handler alone") {
    Passing f;
    Link& link = f.outgoing();
    passed(f, link, first_of(0), "a");
    CHECK(f.give({detach(0, {.handle = 0, .closed = true})}).empty());
    CHECK(f.handler.take() == Lines{"detach out closed"});
    CHECK(f.session().unsettled() == 0);
    link.detach(true, ErrorView{"x:y", "z", {}});
    CHECK(f.output() == Lines{"detach 0 closed x:y"});
    // Its name and handle are free.
    f.give({attach(0, {.name = "out", .receiver = true})});
    CHECK(f.handler.take() == Lines{"attach out"});
}

TEST_CASE("the answer to our detach is told") {
    Passing f;
    Link& link = f.incoming();
    link.detach(false, std::nullopt);
    CHECK(f.output() == Lines{"detach 0"});
    f.give({transfer(0, first_of(0), "under way")});
    CHECK(f.handler.take().empty());
    CHECK(f.give({detach(0, {.handle = 0, .error = ErrorView{"a:b", "", {}}})}).empty());
    CHECK(f.handler.take() == Lines{"detach in a:b"});
}

TEST_CASE("a link of ours passes from its attach on") {
    Passing f;
    Link* const link =
        f.session().attach({.name = "mine", .receiver = true, .source = Terminus{}}, true);
    REQUIRE(link != nullptr);
    CHECK(f.output() == Lines{"attach 0 receiver mine no-target"});
    CHECK(Passage{*link}.flow({.link_credit = 5}));
    CHECK(f.output() == Lines{"flow 0 credit 5"});
    f.give(
        {attach(0, {.name = "mine", .initial_delivery_count = 3}), transfer(0, first_of(0), "a")});
    CHECK(f.handler.take() == Lines{"attach mine", "passed 0 first 'a'"});
}

TEST_CASE("who has detached may use the handle and the name again before he is answered") {
    Passing f;
    Link& link = f.outgoing();
    f.give({detach(0, {.handle = 0})});
    f.handler.take();
    f.give({attach(0, {.name = "out", .receiver = true})});
    CHECK(f.handler.take() == Lines{"attach out"});
    Link& again = *f.handler.links.back();
    CHECK(&again != &link);
    CHECK(again.accept({}));
    CHECK(f.output() == Lines{"attach 1 sender out no-source no-target"});
    // Now the first one is answered. The handle is the second's, also after that.
    link.detach(false, std::nullopt);
    CHECK(f.output() == Lines{"detach 0"});
    f.give({flow(0, {.next_incoming_id = 0, .incoming_window = 4, .handle = 0, .link_credit = 3})});
    CHECK(f.handler.take() == Lines{"flow passed 3 at none of 0"});
    f.give({detach(0, {.handle = 0, .closed = true})});
    CHECK(f.handler.take() == Lines{"detach out closed"});
    again.detach(true, std::nullopt);
    CHECK(f.output() == Lines{"detach 1 closed"});
}

TEST_CASE("a link whose detach the peer has not answered leaves its name to another") {
    Passing f;
    const Attach wish{.name = "mine", .receiver = true, .source = Terminus{}};
    Link* const link = f.session().attach(wish, true);
    REQUIRE(link != nullptr);
    f.give({attach(0, {.name = "mine"})});
    CHECK(f.session().attach(wish, true) == nullptr);
    link->detach(false, std::nullopt);
    f.output();
    f.handler.take();
    CHECK(f.session().attach(wish, true) != nullptr);
    CHECK(f.output() == Lines{"attach 1 receiver mine no-target"});
    f.give({detach(0, {.handle = 0}), attach(0, {.name = "mine"})});
    CHECK(f.handler.take() == Lines{"detach mine", "attach mine"});
    f.give({transfer(0, first_of(0), "a")});
    CHECK(f.handler.take() == Lines{"passed 0 first 'a'"});
}

TEST_CASE("what the peer's frames do not hold is left out of later frames and of flows") {
    Passing f{512};
    const Buffer much(1000, 0x40);
    Buffer state{0xa0, 198};  // a binary
    state.resize(200);
    Link& link = f.outgoing();
    Transfer given = first_of(0);
    given.more = true;
    passed(f, link, given, "a");
    given = {.delivery_tag = Bytes{much}, .more = true, .state = state};
    Bytes payload{};
    CHECK(Passage{link}.transfer(given, payload, 7));
    f.engine.flush();
    CHECK(f.engine.output().pending().size() <= 512);
    CHECK(f.engine.output().pending().size() > state.size());
    f.output();
    CHECK(Passage{link}.flow({.delivery_count = 41, .available = 6, .properties = much}));
    f.engine.flush();
    CHECK(f.engine.output().pending().size() <= 512);
    const Flow sent = decode_flow(f.engine.output().pending().subspan(11)).value();
    CHECK(sent.available == 6);
    CHECK(sent.properties.empty());
}

TEST_CASE("with its session a link is gone, whatever its life") {
    Passing f;
    f.outgoing();
    f.give({attach(0, {.name = "b", .handle = 1}), detach(0, {.handle = 0})});
    f.handler.take();
    f.give({end(0)});
    CHECK(f.handler.take() == Lines{"detach out", "detach b", "end"});
}

TEST_SUITE_END();

}  // namespace weft::amqp::test
