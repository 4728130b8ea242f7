// The whole engine: whatever a peer sends, events stay in order and our frames stay well-formed.
//
// Byte 0: 1 the handshake is done before, 2 SASL, 4 we are the client. Byte 1: size of the pieces.
#include "common/amqp/engine.hpp"
#include "common/base/assert.hpp"
#include "common/wire/big_endian.hpp"
#include "common/wire/delivery_state.hpp"
#include "tests/unit/amqp/frames.hpp"

#include <algorithm>
#include <set>

namespace weft::amqp::test {
namespace {

/// A handler that uses all calls, and checks that events fit together.
class Fuzzed : public Handler {
public:
    explicit Fuzzed(Options options)
        : engine{std::make_shared<const Options>(std::move(options)), *this, pool} {}

    BlockPool pool;
    Engine engine;

    void on_sasl_init(Engine&, std::string_view, Bytes response) override {
        if (response.size() == 1) {
            engine.sasl_word(response);
        } else if (response.size() != 2) {
            engine.sasl_outcome(0, {});
        }
    }
    void on_sasl_response(Engine&, Bytes response) override {
        engine.sasl_outcome(response.empty() ? 1 : 0, response);
    }
    void on_open(const Open&) override { WEFT_CHECK(!over_); }
    void on_close(bool, const ErrorView*) override {
        WEFT_CHECK(!over_ && sessions_.empty() && links_.empty());
        over_ = true;
    }
    void on_begin(Session& session, const Begin&) override {
        WEFT_CHECK(sessions_.insert(&session).second);
    }
    void on_end(Session& session, const ErrorView*) override {
        WEFT_CHECK(sessions_.erase(&session) == 1);
        WEFT_CHECK(std::ranges::none_of(
            links_, [&](const Link* link) { return &link->session() == &session; }));
    }
    void on_attach(Link& link, const Attach& attach) override {
        WEFT_CHECK(links_.insert(&link).second);
        if (attach.name == "refuse") {
            link.refuse({"amqp:not-found"});
            links_.erase(&link);
            return;
        }
        if (link.accept({.source = attach.source, .target = attach.target})) {
            link.grant(4, attach.name == "drain");
        } else {
            links_.erase(&link);
        }
    }
    void on_detach(Link& link, bool, const ErrorView*) override {
        WEFT_CHECK(links_.erase(&link) == 1);
    }
    void on_transfer(Link& link, const IncomingTransfer& transfer, Context& context) override {
        WEFT_CHECK(links_.contains(&link) && link.is_receiver());
        WEFT_CHECK(!transfer.first || context == 0);
        ++context;
        const auto size = static_cast<std::ptrdiff_t>(transfer.payload.size());
        link.session().hold(size);
        link.session().hold(-size);
        switch (transfer.id % 5) {
            case 0:
                link.update(transfer.id, wire::kAccepted, true);
                break;
            case 1:
                link.update(transfer.id, wire::kReleased, false);
                break;
            case 2:
                link.grant(2, true);
                break;
            case 3:
                link.grant(5);
                break;
            default:
                link.detach(false, std::nullopt);
                links_.erase(&link);
        }
    }
    void on_update(Link& link, const DeliveryUpdate& update, Context) override {
        WEFT_CHECK(links_.contains(&link));
        link.update(update.id, update.state, true);
    }
    void on_credit(Link& link) override {
        WEFT_CHECK(links_.contains(&link) && !link.is_receiver());
        link.send({}, as_bytes("whole"), false);
        link.send({.settled = true}, as_bytes("half"), true);
        if (link.credit() % 3 == 1) {
            link.abort();
        }
        link.drained();
    }
    void on_drained(Link& link) override { WEFT_CHECK(links_.contains(&link)); }

    /// Takes the output; every frame of it must be one that a peer could read.
    void check_output() {
        engine.flush();
        const Bytes bytes = engine.output().pending();
        const auto frames = lines(bytes);
        WEFT_CHECK(std::ranges::find(frames, "cut off") == frames.end());
        engine.output().consume(bytes.size());
        engine.output_drained();
    }

private:
    bool over_ = false;
    std::set<Session*> sessions_;
    std::set<Link*> links_;
};

/// Answers each challenge with itself, but the empty one.
class Echo : public SaslClient {
public:
    Buffer initial_response() override { return {}; }
    tl::expected<Buffer, std::string> answer(Bytes challenge) override {
        if (challenge.empty()) {
            return tl::unexpected<std::string>("nothing is asked");
        }
        return Buffer{challenge.begin(), challenge.end()};
    }
    bool confirm(Bytes data) override { return data.size() != 1; }
};

Buffer handshake() {
    return join({header(0), open(), begin(0), attach(0, {.name = "in"}),
                 attach(0, {.name = "out", .handle = 1, .receiver = true}),
                 flow(0, {.incoming_window = 9, .handle = 1, .link_credit = 5})});
}

}  // namespace
}  // namespace weft::amqp::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    namespace test = weft::amqp::test;
    if (size < 2) {
        return 0;
    }
    weft::amqp::Options options;
    options.container_id = "fuzzed";
    options.max_frame_size = 2048;
    options.session_window = 8;
    options.control_frame_max = 1024;
    options.server = (data[0] & 4) == 0;
    if ((data[0] & 2) != 0) {
        options.sasl_mechanisms = {"ANONYMOUS", "PLAIN"};
        options.sasl_choices = {{.mechanism = "ANONYMOUS", .begin = [] {
                                     return std::make_unique<weft::amqp::test::Echo>();
                                 }}};
    }
    test::Fuzzed fuzzed{options};
    weft::Instant now{};
    fuzzed.engine.start(now);
    if ((data[0] & 1) != 0) {
        fuzzed.engine.receive(test::handshake(), now);
    }
    const std::size_t piece = 1U + data[1];
    for (weft::Bytes in{data + 2, size - 2}; !in.empty();) {
        const std::size_t some = std::min(piece, in.size());
        fuzzed.engine.receive(in.first(some), now);
        while (fuzzed.engine.has_work()) {
            fuzzed.engine.receive({}, now);
            fuzzed.check_output();  // as each turn ends
        }
        in = in.subspan(some);
        fuzzed.check_output();
        now += std::chrono::milliseconds(10);
        fuzzed.engine.tick(now);
    }
    fuzzed.engine.abandon(nullptr);
    return 0;
}
