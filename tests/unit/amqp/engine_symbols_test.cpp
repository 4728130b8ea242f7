#include "common/wire/big_endian.hpp"
#include "common/wire/delivery_state.hpp"
#include "common/wire/descriptors.hpp"
#include "common/wire/value.hpp"
#include "tests/unit/amqp/frames.hpp"
#include "tests/unit/amqp/recorder.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

/// Peers that write descriptors as symbols. Spec: AMQP 1.0 §1.5
namespace weft::amqp::test {
namespace {

wire::Value by_symbol(const wire::Value& value) {
    if (const auto* list = value.as<wire::List>()) {
        wire::List written;
        for (const wire::Value& each : *list) {
            written.push_back(by_symbol(each));
        }
        return written;
    }
    const auto* described = value.as<wire::Described>();
    if (described == nullptr) {
        return value;
    }
    const auto type =
        std::ranges::find(wire::kDescribedTypes, *described->descriptor->as<std::uint64_t>(),
                          &wire::DescribedType::number);
    REQUIRE(type != wire::kDescribedTypes.end());
    return wire::Described{
        std::make_shared<const wire::Value>(wire::Symbol{std::string{type->symbol}}),
        std::make_shared<const wire::Value>(by_symbol(*described->value))};
}

/// A header as it is; a frame with symbols for all its descriptors.
Buffer by_symbol(const Buffer& unit) {
    if (as_text(unit).starts_with("AMQP")) {
        return unit;
    }
    Bytes payload = Bytes{unit}.subspan(8);
    const auto performative = wire::decode(payload);
    REQUIRE(performative);
    Buffer body;
    wire::encode(body, by_symbol(*performative));
    append(body, payload);
    return raw_frame(unit[5], wire::load_u16(&unit[6]), body);
}

std::string symbol_text(Bytes state) {
    return state.empty() ? "" : wire::to_string(*wire::decode(state));
}

/// A target of a type that nobody has heard of: "x:tar:list" or 0x0000999900000001.
Buffer attach_with_target(const Buffer& descriptor) {
    Buffer target{0};
    append(target, descriptor);
    target.push_back(0x45);
    Buffer body;
    wire::Writer out{body};
    const auto list = out.begin_described_list(0x12);
    out.string("odd");
    out.uint(1);
    out.boolean(false);
    out.null();
    out.null();
    const auto source = out.begin_described_list(0x28);
    out.end(source);
    out.raw(target);
    out.null();
    out.null();
    out.uint(0);
    out.end(list);
    return raw_frame(0, 0, body);
}

const Buffer kSymbol{0xa3, 10, 'x', ':', 't', 'a', 'r', ':', 'l', 'i', 's', 't'};
const Buffer kNumber{0x80, 0, 0, 0x99, 0x99, 0, 0, 0, 1};

}  // namespace

TEST_SUITE_BEGIN("engine symbols");

TEST_CASE("a peer that writes all descriptors as symbols is understood as one that does not") {
    const ErrorView error{"x:bad", "why", {}};
    const Buffer rejected = wire::rejected(error.condition, error.description);
    const std::vector<Buffer> units{
        header(3),
        sasl(Performative::sasl_init,
             [](wire::Writer& out) {
                 out.symbol("ANONYMOUS");
                 out.binary(as_bytes("me"));
             }),
        header(0),
        open(),
        begin(0),
        attach(0, {.name = "in"}),
        attach(0, {.name = "out", .handle = 1, .receiver = true}),
        flow(0, {.incoming_window = 100, .handle = 1, .link_credit = 7}),
        transfer(0, first_of(0), "payload"),
        transfer(0,
                 [&] {
                     Transfer last = first_of(1);
                     last.state = wire::kAccepted;
                     last.more = true;
                     return last;
                 }()),
        disposition(0, {.first = 0, .last = 0, .settled = true, .state = wire::kAccepted}),
        disposition(0, {.receiver = true, .first = 0, .last = 0, .state = rejected}),
        detach(0, {.handle = 0, .closed = true, .error = error}),
        end(0, error),
        close(error)};
    Options options = server_options();
    options.sasl_mechanisms = {"ANONYMOUS"};
    Lines events[2];
    Lines output[2];
    std::vector<Buffer> states[2];
    for (const std::size_t way : {0U, 1U}) {
        Fixture f{options};
        f.handler.attached = [](Link& link, const Attach& attach) {
            CHECK(link.accept({.source = attach.source, .target = attach.target}));
            link.grant(10);
        };
        f.handler.credited = [](Link& link) { link.send({}, as_bytes("sent"), false); };
        f.handler.transferred = [&](Link&, const IncomingTransfer& transfer, Context&) {
            states[way].emplace_back(transfer.state.begin(), transfer.state.end());
        };
        f.handler.updated = [&](Link&, const DeliveryUpdate& update, Context) {
            states[way].emplace_back(update.state.begin(), update.state.end());
        };
        for (const Buffer& unit : units) {
            for (const std::string& line : f.give(way == 0 ? unit : by_symbol(unit))) {
                output[way].push_back(line);
            }
        }
        events[way] = f.handler.take();
    }
    CHECK(events[0].back() == "close by peer x:bad");
    CHECK(std::ranges::count(events[0], "transfer 0 first 'payload'") == 1);
    CHECK(events[1] == events[0]);
    CHECK(output[1] == output[0]);
    // Whoever looks at states, or passes them on, meets numbers only.
    REQUIRE(states[0].size() == states[1].size());
    for (std::size_t i = 0; i < states[0].size(); ++i) {
        CHECK(wire::outcome_of(states[1][i]) == wire::outcome_of(states[0][i]));
        CHECK(symbol_text(states[1][i]) == symbol_text(states[0][i]));
    }
}

TEST_CASE("a client understands a server that writes symbols") {
    Options options;
    options.server = false;
    options.container_id = "me";
    options.sasl_choices = {sasl_at_once("ANONYMOUS")};
    Fixture f{options};
    f.output();
    for (const Buffer& unit :
         {header(3),
          sasl(Performative::sasl_mechanisms, [](wire::Writer& out) { out.symbol("ANONYMOUS"); }),
          sasl(Performative::sasl_outcome, [](wire::Writer& out) { out.ubyte(0); }), header(0),
          open()}) {
        f.give(by_symbol(unit));
    }
    CHECK(f.engine.is_open());
}

TEST_CASE("a performative that no symbol names is refused as one that no number does") {
    Fixture f{server_options()};
    f.begin_session();
    const Buffer body{0, 0xa3, 3, 'x', ':', 'y', 0x45};
    CHECK(f.give(raw_frame(0, 0, body)) == Lines{"close amqp:decode-error"});
}

TEST_CASE("a target of an unknown type refuses the link and nothing else") {
    for (const Buffer& descriptor : {kSymbol, kNumber}) {
        Fixture f{server_options()};
        f.begin_session();
        CHECK(f.give(attach_with_target(descriptor)) ==
              Lines{"attach 0 receiver odd no-source no-target",
                    "detach 0 closed amqp:not-implemented"});
        CHECK(f.handler.take().empty());
        CHECK(f.give({detach(0, {.handle = 1, .closed = true}), attach(0, {.name = "x"})}) ==
              Lines{"attach 0 receiver x"});
    }
}

TEST_CASE("an answer with a target of an unknown type ends our link") {
    Fixture f{server_options()};
    f.begin_session();
    Attach ours;
    ours.name = "odd";
    ours.receiver = true;
    REQUIRE(f.handler.sessions.front()->attach(ours) != nullptr);
    f.output();
    CHECK(f.give(attach_with_target(kSymbol)) == Lines{"detach 0 closed amqp:not-implemented"});
    CHECK(f.handler.take() == Lines{"detach odd closed amqp:not-implemented"});
}

TEST_SUITE_END();

}  // namespace weft::amqp::test
