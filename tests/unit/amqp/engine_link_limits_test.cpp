#include "common/wire/big_endian.hpp"
#include "common/wire/delivery_state.hpp"
#include "tests/unit/amqp/frames.hpp"
#include "tests/unit/amqp/recorder.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace weft::amqp::test {

TEST_SUITE_BEGIN("engine link: limits");

TEST_CASE("an answer that does not fit the peer's frames loses what is optional or is refused") {
    Fixture f{server_options()};
    f.give({header(0), open({.container_id = "p", .max_frame_size = 512}), begin(0)});
    const auto answer = [&](std::size_t name, std::size_t peers_address, std::size_t address) {
        const std::string own(address, 'a');
        const std::string peers(peers_address, 'p');
        const std::string text(name, 'n');
        f.engine.receive(
            attach(0, {.name = text,
                       .source = Terminus{.kind = Terminus::Kind::source, .address = peers},
                       .target = Terminus{.kind = Terminus::Kind::target, .address = own}}),
            f.now);
        Bytes out = f.engine.output().pending();
        while (!out.empty()) {
            const std::size_t size = wire::load_u32(out.data());
            CHECK(size <= 512);
            out = out.subspan(size);
        }
        const Lines lines = f.output();
        f.give(detach(0, {.closed = true}));
        return lines.back().starts_with("attach") ? "attach" : lines.back();
    };
    CHECK(answer(1, 100, 100) == "attach");
    CHECK(answer(1, 400, 100) == "attach");
    CHECK(answer(1, 100, 400) == "attach");
    CHECK(answer(1, 1, 480) == "detach 0 closed amqp:frame-size-too-small");
    CHECK(answer(300, 1, 300) == "detach 0 closed amqp:frame-size-too-small");
    CHECK(answer(460, 1, 1) == "detach 0 closed amqp:frame-size-too-small");
    CHECK(answer(470, 1, 1) == "end amqp:frame-size-too-small");
}

TEST_CASE("we ask for no link whose attach the peer can't take") {
    Fixture f{server_options()};
    f.give({header(0), open({.container_id = "p", .max_frame_size = 512}), begin(0)});
    const std::string name(500, 'n');
    Session& session = *f.handler.sessions.front();
    CHECK(session.attach({.name = name}) == nullptr);
    CHECK(f.output().empty());
    CHECK(session.attach({.name = "short"}) != nullptr);
}

TEST_CASE("few links and many are told apart by name and role") {
    for (const std::uint32_t count : {1U, 8U, 9U, 40U}) {
        CAPTURE(count);
        Fixture f{server_options()};
        f.begin_session();
        for (std::uint32_t i = 0; i < count; ++i) {
            const std::string name = "n" + std::to_string(i / 2);
            f.give(attach(0, {.name = name, .handle = i, .receiver = i % 2 == 1}));
        }
        f.handler.take();
        f.give(attach(0, {.name = "n0", .handle = count}));
        CHECK(f.handler.take() == Lines{"detach n0 closed amqp:link:stolen", "attach n0"});
        for (std::uint32_t i = 1; i < count; ++i) {
            f.give(detach(0, {.handle = i, .closed = true}));
        }
        f.handler.take();
        f.give(attach(0, {.name = "n0", .handle = count + 1, .receiver = true}));
        CHECK(f.handler.take() == Lines{"attach n0"});
    }
}

TEST_CASE("names and addresses are as long as frames allow, but not all of them together") {
    Options options = server_options();
    options.max_frame_size = 1 << 16;
    Fixture f{options};
    f.begin_session();
    const std::string name(31'000, 'n');
    const std::string address(31'000, 'a');
    const auto ask = [&](std::uint32_t handle) {
        const std::string own = name + std::to_string(handle);
        const Lines lines = f.give(
            attach(0, {.name = own,
                       .handle = handle,
                       .target = Terminus{.kind = Terminus::Kind::target, .address = address}}));
        CHECK(lines.front().starts_with("attach"));
        return lines.size() == 1 ? std::string{} : lines.back().substr(lines.back().rfind(' '));
    };
    std::uint32_t taken = 0;
    while (ask(taken).empty()) {
        ++taken;
    }
    CHECK(taken == kLinkTextsMax / (name.size() + address.size()));
    CHECK(ask(taken + 1) == " amqp:resource-limit-exceeded");
    SUBCASE("links that go make room") {
        f.give(detach(0, {.handle = 0, .closed = true}));
        CHECK(ask(0).empty());
        CHECK(ask(taken + 2) == " amqp:resource-limit-exceeded");
    }
    SUBCASE("so does a session that ends") {
        f.give({end(0), begin(0)});
        CHECK(ask(0).empty());
    }
    CHECK_FALSE(f.engine.finished());
}

TEST_CASE(
    "default outcomes, which are kept as long as their links, count with names and addresses") {
    Options options = server_options();
    options.max_frame_size = 1 << 16;
    Fixture f{options};
    f.begin_session();
    const Buffer outcome = wire::rejected("condition", std::string(60'000, 'x'));
    const auto is_taken = [&](std::uint32_t handle) {
        const Lines lines = f.give(attach(0, {.name = "a",
                                              .handle = handle,
                                              .receiver = true,
                                              .source = Terminus{.default_outcome = outcome}}));
        const bool taken = lines.size() == 1;
        f.give(detach(0, {.handle = handle, .closed = true}));
        return taken;
    };
    CHECK(is_taken(0));
    std::uint32_t kept = 0;
    const auto keep = [&] {
        const std::string name = "k" + std::to_string(kept);
        return f.give(attach(0, {.name = name,
                                 .handle = kept,
                                 .receiver = true,
                                 .source = Terminus{.default_outcome = outcome}}))
                   .size() == 1;
    };
    while (keep()) {
        ++kept;
    }
    CHECK(kept <= kLinkTextsMax / outcome.size());
    CHECK(kept >= kLinkTextsMax / outcome.size() - 1);
}

TEST_CASE("the links of a connection are limited") {
    Options options = server_options();
    options.links_max = 2;
    Fixture f{options};
    f.begin_session();
    f.give({begin(1), attach(0, {.name = "a"}), attach(1, {.name = "b"})});
    CHECK(f.handler.sessions.front()->attach({.name = "c"}) == nullptr);
    SUBCASE("one more ends its session") {
        CHECK(f.give(attach(1, {.name = "c", .handle = 1})) ==
              Lines{"end amqp:resource-limit-exceeded"});
    }
    SUBCASE("one that went makes room") {
        CHECK(f.give({detach(1, {}), attach(0, {.name = "c", .handle = 1})}) ==
              Lines{"detach 0", "attach 1 receiver c"});
    }
    SUBCASE("a session that went makes room") {
        CHECK(f.give({end(1), attach(0, {.name = "c", .handle = 1})}) ==
              Lines{"end", "attach 1 receiver c"});
    }
}

TEST_CASE("handles far apart are found, at the cost of those in use") {
    Fixture f{server_options()};
    f.begin_session();
    f.give({attach(0, {.name = "a", .handle = 65535}), attach(0, {.name = "b", .handle = 30000}),
            attach(0, {.name = "c", .handle = 0})});
    f.handler.take();
    f.give(detach(0, {.handle = 30000}));
    f.give(detach(0, {.handle = 65535}));
    f.give(detach(0, {.handle = 0}));
    CHECK(f.handler.take() == Lines{"detach b", "detach a", "detach c"});
}

TEST_SUITE_END();

}  // namespace weft::amqp::test
