#include "common/amqp/dispositions.hpp"

#include "common/wire/delivery_state.hpp"
#include "tests/unit/amqp/frames.hpp"

#include <doctest/doctest.h>

namespace weft::amqp::test {
namespace {

constexpr std::uint16_t kChannel = 0;

struct Ranges {
    BlockPool pool;
    FrameOutput output{pool};
    Dispositions dispositions;

    void add(bool receiver, DeliveryId id, Bytes state, bool settled) {
        dispositions.add(output, kChannel, receiver, {id, settled, state});
    }
    Lines written() {
        Lines result = lines(output.bytes().pending());
        output.bytes().consume(output.size());
        return result;
    }
};

}  // namespace

TEST_SUITE_BEGIN("dispositions");

TEST_CASE("neighbouring deliveries of a direction share one frame") {
    Ranges f;
    for (const DeliveryId id : {5U, 6U, 4U}) {
        f.add(true, id, wire::kAccepted, true);
        f.add(false, id, {}, true);
    }
    CHECK(f.written().empty());
    f.dispositions.write(f.output, kChannel);
    CHECK(f.written() ==
          Lines{"disposition receiver 4..6 settled accepted", "disposition sender 4..6 settled"});
    f.dispositions.write(f.output, kChannel);
    CHECK(f.written().empty());
}

TEST_CASE("what does not continue a range sends it off first") {
    Ranges f;
    f.add(true, 1, wire::kAccepted, true);
    f.add(true, 2, wire::kReleased, true);
    CHECK(f.written().size() == 1);
    f.add(true, 9, wire::kReleased, true);
    CHECK(f.written().size() == 1);
    f.add(true, 9, wire::kReleased, false);
    CHECK(f.written().size() == 1);
    f.dispositions.add(f.output, kChannel, true, {10, false, wire::kReleased, true});
    CHECK(f.written().size() == 1);
}

TEST_CASE(
    "a state that rarely repeats goes out at once, in order, and cut to what the peer takes") {
    Ranges f;
    f.add(true, 1, wire::kAccepted, true);
    const std::string text(800, 'x');
    f.add(true, 2, wire::rejected("a:b", text), true);
    const auto frames = f.written();
    REQUIRE(frames.size() == 2);
    CHECK(frames[0].ends_with("settled accepted"));
    CHECK(frames[1].ends_with("settled rejected"));
    f.add(true, 3, wire::rejected("a:b", text), true);
    CHECK(f.output.size() < 100);
    f.written();
    f.output.set_frame_max(4096);
    f.add(true, 4, wire::rejected("a:b", text), true);
    CHECK(f.output.size() > 800);
}

TEST_CASE("a state that rarely repeats goes without its words to a peer that has much to read") {
    Ranges f;
    f.output.set_frame_max(4096);
    f.output.set_limit(3000);
    for (DeliveryId id = 0; id < 100; ++id) {
        f.add(true, id, wire::rejected("a:b", std::string(1000, 'x')), true);
    }
    f.dispositions.write(f.output, kChannel);
    const std::size_t told = f.output.size();
    CHECK(told > 3000);
    CHECK(told < 3000 + 1100 + 100 * 48);
    const Lines all = f.written();
    REQUIRE(all.size() == 100);
    CHECK(all.back() == "disposition receiver 99..99 settled rejected");
}

TEST_CASE("what names a transaction names it, however much the peer has to read, or small frames") {
    const auto described = [](wire::Outcome outcome, std::size_t name, Bytes of_it) {
        Buffer state;
        wire::Writer out{state};
        const auto list = out.begin_described_list(static_cast<std::uint64_t>(outcome));
        out.binary(Buffer(name, 'n'));
        out.raw(of_it);
        out.end_shortest(list);
        return state;
    };
    const auto told = [](Ranges& f, Bytes state) {
        f.add(true, 1, state, true);
        f.dispositions.write(f.output, kChannel);
        Buffer frame{f.output.bytes().pending().begin(), f.output.bytes().pending().end()};
        f.written();
        const Disposition said = decode_disposition(Bytes{frame}.subspan(11)).value();
        return Buffer{said.state.begin(), said.state.end()};
    };
    using enum wire::Outcome;
    const Buffer words = wire::rejected("a:b", std::string(1000, 'x'));
    const Buffer no_words = wire::rejected("a:b", "");
    Ranges f;
    SUBCASE("much to read") {
        f.output.set_frame_max(4096);
        f.output.set_limit(0);
    }
    SUBCASE("small frames") {}
    CHECK(told(f, described(declared, 16, {})) == described(declared, 16, {}));
    CHECK(told(f, described(transactional, 64, {})) == described(transactional, 64, {}));
    CHECK(told(f, described(transactional, 16, wire::kAccepted)) ==
          described(transactional, 16, wire::kAccepted));
    CHECK(told(f, described(transactional, 16, words)) == described(transactional, 16, no_words));
    // Such a name is more than words.
    CHECK(told(f, described(transactional, 500, wire::kAccepted)).size() < 10);
}

TEST_SUITE_END();

}  // namespace weft::amqp::test
