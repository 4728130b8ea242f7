#include "common/amqp/engine.hpp"
#include "common/amqp/passage.hpp"
#include "common/wire/delivery_state.hpp"
#include "router/linkroute/pair_end.hpp"
#include "tests/unit/amqp/random.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// A client, a pair and a broker, each with a real engine, over random chunks, sizes, windows and
/// credit: what the pair does not say itself must be right on the wire.
namespace weft::linkroute::test {
namespace {

using amqp::test::Random;

amqp::Options options(bool server, std::uint32_t frame, std::uint32_t window) {
    amqp::Options made;
    made.server = server;
    made.container_id = server ? "server" : "client";
    made.max_frame_size = frame;
    made.session_window = window;
    made.output_limit = 4096;
    return made;
}

/// An engine with its handler and a queue of bytes to its peer.
struct Side : amqp::Handler {
    explicit Side(const amqp::Options& made)
        : engine{std::make_shared<const amqp::Options>(made), *this, pool} {}
    void on_close(bool, const amqp::ErrorView* error) override {
        failure = error == nullptr ? "" : std::string(error->description);
    }
    void on_end(amqp::Session&, const amqp::ErrorView* error) override {
        failure += error == nullptr ? "" : std::string(error->description);
    }

    BlockPool pool;
    amqp::Engine engine;
    std::string failure;
};

/// The router's side of a connection: its one link passes.
struct Passing : Side, PairLink {
    using Side::Side;

    bool accept(const amqp::Attach& attach) override { return link->accept(attach); }
    void refuse(const amqp::ErrorView& error) override { link->refuse(error); }
    void detach(bool closed, const amqp::ErrorView* error) override {
        link->detach(closed, error == nullptr ? std::nullopt : std::optional(*error));
    }
    bool transfer(amqp::Transfer& transfer,
                  Bytes& payload,
                  DeliveryNumber context,
                  amqp::DeliveryId& id) override {
        amqp::Passage passage{*link};
        const bool done = passage.transfer(transfer, payload, context);
        id = passage.delivery();
        return done;
    }
    bool flow(const amqp::Flow& flow) override { return amqp::Passage{*link}.flow(flow); }
    bool update(const amqp::DeliveryUpdate& update) override {
        return amqp::Passage{*link}.update(update);
    }
    bool keep(std::size_t bytes) override {
        kept += bytes;
        return true;
    }
    void give_back(std::size_t bytes) override { kept -= bytes; }
    void count(Fate) override {}
    void hold(std::ptrdiff_t bytes) override { link->session().hold(bytes); }
    void await_room() override { waits = true; }
    void over() override {}

    void on_attach(amqp::Link& made, const amqp::Attach& attach) override {
        link = &made;
        if (made.awaits_answer()) {
            asked(attach);
        } else {
            end->on_attach(attach);
        }
    }
    void on_detach(amqp::Link&, bool closed, const amqp::ErrorView* error) override {
        end->on_detach(closed, error);
    }
    void on_passed(amqp::Link&,
                   const amqp::Transfer& transfer,
                   bool first,
                   Bytes payload,
                   amqp::Context& context) override {
        end->on_transfer(transfer, first, payload, context);
    }
    void on_passed(amqp::Link&, const amqp::Flow& flow) override { end->on_flow(flow); }
    void on_update(amqp::Link&,
                   const amqp::DeliveryUpdate& update,
                   amqp::Context context) override {
        end->on_update(update, context);
    }
    void on_writable() override {
        if (std::exchange(waits, false)) {
            end->on_room();
        }
    }

    std::function<void(const amqp::Attach&)> asked = [](const amqp::Attach&) {};
    amqp::Link* link = nullptr;
    std::unique_ptr<PairEnd> end;
    bool waits = false;
    std::size_t kept = 0;
};

std::string message(std::size_t number, Random& random) {
    return std::to_string(number) + std::string(random.below(3) == 0 ? 0 : random.below(3000), 'm');
}

/// Who sends `count` messages.
struct Sender : Side {
    Sender(const amqp::Options& made, std::size_t count, Random& its_random)
        : Side{made}, random{its_random} {
        for (std::size_t i = 0; i < count; ++i) {
            messages.push_back(message(i, random));
        }
    }
    void on_attach(amqp::Link& made, const amqp::Attach&) override {
        link = &made;
        if (made.awaits_answer()) {
            CHECK(made.accept({.source = amqp::Terminus{}, .target = amqp::Terminus{}}));
        }
        go_on();
    }
    void on_credit(amqp::Link&) override { go_on(); }
    void on_writable() override { go_on(); }
    void on_detach(amqp::Link&, bool, const amqp::ErrorView*) override { link = nullptr; }
    void on_update(amqp::Link&, const amqp::DeliveryUpdate& update, amqp::Context number) override {
        if (update.settled) {
            outcomes[number] = wire::outcome_of(update.state);
        }
    }
    void go_on() {
        while (link != nullptr && at < messages.size()) {
            if (taken == 0 && !link->in_delivery()) {
                settled = random.below(3) == 0;
            }
            const Bytes rest = as_bytes(messages[at]).subspan(taken);
            const amqp::Sent sent =
                link->send({.context = at, .settled = settled}, rest, /*more=*/false);
            taken += sent.taken;
            if (!sent.complete) {
                return;
            }
            if (settled) {
                outcomes[at] = wire::Outcome::none;
            }
            taken = 0;
            ++at;
        }
        if (link != nullptr && link->drain()) {
            link->drained();
        }
    }

    Random& random;
    std::vector<std::string> messages;
    std::map<std::uint64_t, wire::Outcome> outcomes;
    amqp::Link* link = nullptr;
    std::size_t at = 0;
    std::size_t taken = 0;
    bool settled = false;
};

/// Who receives, in its own time.
struct Receiver : Side {
    Receiver(const amqp::Options& made, Random& its_random) : Side{made}, random{its_random} {}
    void on_attach(amqp::Link& made, const amqp::Attach&) override {
        link = &made;
        if (made.awaits_answer()) {
            CHECK(made.accept({.source = amqp::Terminus{}, .target = amqp::Terminus{}}));
        }
        made.grant(1 + random.below(8));
    }
    void on_transfer(amqp::Link&, const amqp::IncomingTransfer& transfer, amqp::Context&) override {
        coming += as_text(transfer.payload);
        if (transfer.more) {
            return;
        }
        got.push_back(std::exchange(coming, {}));
        if (!transfer.settled) {
            open.push_back(transfer.id);
        }
    }
    void on_detach(amqp::Link&, bool, const amqp::ErrorView*) override { link = nullptr; }
    void go_on() {
        if (link == nullptr) {
            return;
        }
        while (!open.empty() && random.below(2) == 0) {
            const std::size_t which = random.below(static_cast<std::uint32_t>(open.size()));
            const bool accepts = random.below(4) != 0;
            link->update(open[which], accepts ? wire::kAccepted : wire::kReleased, true);
            ++(accepts ? accepted : released);
            open.erase(open.begin() + static_cast<std::ptrdiff_t>(which));
        }
        if (link->credit() == 0 && random.below(3) == 0) {
            link->grant(1 + random.below(8));
        }
    }

    Random& random;
    std::vector<std::string> got;
    std::vector<amqp::DeliveryId> open;
    std::string coming;
    amqp::Link* link = nullptr;
    std::size_t accepted = 0;
    std::size_t released = 0;
};

/// Moves some of what one engine has written to the other.
void move(Side& from, Side& to, Random& random, Instant now) {
    from.engine.flush();
    OutBuffer& output = from.engine.output();
    const Bytes there = output.pending();
    const std::size_t count = std::min<std::size_t>(there.size(), random.below(700));
    const Buffer bytes{there.begin(), there.begin() + static_cast<std::ptrdiff_t>(count)};
    output.consume(count);
    from.engine.output_drained();
    to.engine.receive(bytes, now);
}

void run(std::uint32_t seed, bool client_sends) {
    Random random{seed};
    const auto frame = 512 + random.below(600);
    const auto window = 1 + random.below(6);
    constexpr std::size_t kCount = 60;
    Sender sender{options(client_sends ? false : true, frame, 8), kCount, random};
    Receiver receiver{options(client_sends ? true : false, 512, window), random};
    Side& client = client_sends ? static_cast<Side&>(sender) : receiver;
    Side& broker = client_sends ? static_cast<Side&>(receiver) : sender;
    Passing near{options(true, 4096, 3)};
    Passing far{options(false, 2048, 4)};
    near.asked = [&](const amqp::Attach& attach) {
        const auto told = amqp::Passage{*near.link}.begin();
        near.end = std::make_unique<PairEnd>(near, PairEnd::Life::asked, false);
        far.end = std::make_unique<PairEnd>(far, PairEnd::Life::offered, false);
        far.link = far.engine.begin()->attach(attach, true);
        REQUIRE(far.link != nullptr);
        near.end->join(*far.end);
        far.end->join(*near.end);
        if (told) {
            near.end->on_flow(*told);
        }
    };
    const Instant now{};
    for (Side* side : {&client, static_cast<Side*>(&near), static_cast<Side*>(&far), &broker}) {
        side->engine.start(now);
    }
    const auto step = [&] {
        move(client, near, random, now);
        move(near, client, random, now);
        move(far, broker, random, now);
        move(broker, far, random, now);
        receiver.go_on();
    };
    bool attached = false;
    for (int i = 0; i < 40'000; ++i) {
        if (!attached && far.engine.is_open() && client.engine.is_open()) {
            attached = true;
            client.engine.begin()->attach({.name = "l",
                                           .receiver = !client_sends,
                                           .source = amqp::Terminus{.address = "q"},
                                           .target = amqp::Terminus{.address = "q"}});
        }
        step();
        if (receiver.got.size() == kCount && sender.outcomes.size() == kCount) {
            break;
        }
    }
    INFO("seed " << seed << " near " << near.failure << " far " << far.failure << " client "
                 << client.failure << " broker " << broker.failure);
    CHECK(receiver.got == sender.messages);
    const auto outcomes = [&](wire::Outcome outcome) {
        return static_cast<std::size_t>(std::ranges::count(
            sender.outcomes, outcome, [](const auto& entry) { return entry.second; }));
    };
    CHECK(outcomes(wire::Outcome::accepted) == receiver.accepted);
    CHECK(outcomes(wire::Outcome::released) == receiver.released);
    CHECK(near.end->unsettled() == 0);
    CHECK(far.end->unsettled() == 0);
    CHECK(near.end->waiting().bytes() + far.end->waiting().bytes() == 0);
    amqp::Link*& client_link = client_sends ? sender.link : receiver.link;
    REQUIRE(client_link != nullptr);
    std::exchange(client_link, nullptr)->detach(true, std::nullopt);
    for (int i = 0; i < 2'000 && !near.end->is_over(); ++i) {
        step();
    }
    CHECK(near.end->is_over());
    CHECK(far.end->is_over());
}

}  // namespace

TEST_SUITE_BEGIN("pair stream");

TEST_CASE("what a client sends arrives whole, in order, with its outcomes") {
    for (std::uint32_t seed = 1; seed <= 30; ++seed) {
        run(seed, /*client_sends=*/true);
    }
}

TEST_CASE("what a broker sends does, too") {
    for (std::uint32_t seed = 1; seed <= 30; ++seed) {
        run(seed, /*client_sends=*/false);
    }
}

TEST_SUITE_END();

}  // namespace weft::linkroute::test
