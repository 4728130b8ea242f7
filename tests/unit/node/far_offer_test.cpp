#include "router/node/linkroute/far_offer.hpp"

#include "common/base/conditions.hpp"
#include "common/io/log.hpp"
#include "common/wire/delivery_state.hpp"
#include "router/config/log_modules.hpp"
#include "router/node/containers.hpp"
#include "router/node/shard.hpp"
#include "tests/support/engine_peer.hpp"
#include "tests/unit/node/router_world.hpp"
#include "tests/unit/node/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstddef>
#include <deque>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::node::test {
namespace {

using router::Direction;

std::shared_ptr<const PeerProfile> members_profile() {
    const auto config = parsed(R"({"listeners": [{"name": "l"}]})");
    return std::make_shared<PeerProfile>(listener_profile(config.listeners.front(), "A"));
}

/// A client on a loop, of which links may be asked.
class LoopMember final : public weft::test::EnginePeer {
public:
    LoopMember(Shard& shard, std::string_view container)
        : EnginePeer{shard.loop(),
                     {.server = false,
                      .container_id = std::string(container),
                      .sasl_choices = {amqp::sasl_at_once("ANONYMOUS")}}} {
        auto connection = shard.make_connection(transport(), members_profile());
        id_ = connection->in_core().id;
        carry(std::move(connection));
        open();
    }
    std::uint64_t id() const { return id_; }
    amqp::Link& send_to(std::string_view address) {
        return ask("n" + std::to_string(++names_), /*receiver=*/false, address, false);
    }
    /// For a subscription that outlasts its links.
    amqp::Link& subscribe(std::string_view name, std::string_view address) {
        return ask(name, /*receiver=*/true, address, true);
    }

    /// Attaches the first one that it was asked for.
    void answer_first() {
        amqp::Attach answer{.name = asked.front()->name()};
        answer.source.emplace().kind = amqp::Terminus::Kind::source;
        answer.target.emplace().kind = amqp::Terminus::Kind::target;
        (asked.front()->is_receiver() ? answer.target : answer.source)->address = "a.x";
        answer.initial_delivery_count = 0;
        CHECK(asked.front()->accept(answer));
        pump();
    }

    bool answers = true;
    std::vector<amqp::Link*> asked;  // of it
    std::vector<std::string> names;  // of these
    std::size_t settled = 0;         // of what it sent

private:
    amqp::Link& ask(std::string_view name, bool receiver, std::string_view address, bool lasts) {
        amqp::Attach attach{.name = name, .receiver = receiver};
        attach.source.emplace().kind = amqp::Terminus::Kind::source;
        attach.target.emplace().kind = amqp::Terminus::Kind::target;
        (receiver ? attach.source : attach.target)->address = address;
        attach.source->durable = lasts ? 2 : 0;
        attach.source->expiry_policy = lasts ? "never" : "";
        attach.initial_delivery_count = 0;
        return EnginePeer::attach(attach);
    }
    void on_attach(amqp::Link& link, const amqp::Attach& attach) override {
        if (!link.awaits_answer()) {
            return;
        }
        asked.push_back(&link);
        names.emplace_back(link.name());
        if (answers) {
            amqp::Attach answer = attach;
            answer.initial_delivery_count = 0;
            CHECK(link.accept(answer));
        }
    }
    void on_update(amqp::Link&, const amqp::DeliveryUpdate& update, amqp::Context) override {
        settled += update.settled ? 1U : 0U;
    }

    std::uint64_t id_ = 0;
    int names_ = 0;
};

/// A router of two loops whose words to each other a test hands over.
struct WordsOfTwo {
    explicit WordsOfTwo(Duration answer_max = LinkRouter::kAnswerMax)
        : router{containers, nullptr, home, /*allows_resumable=*/true, answer_max} {
        home.set_containers(containers);
        home.routed_attaches().set_router(router);
        other.routed_attaches().set_asking(true);
    }
    ~WordsOfTwo() {
        home.routed_attaches().clear_switchboard();
        home.routed_attaches().list().finish();
        other.routed_attaches().list().finish();
    }
    static router_config::NodeConfig config() {
        router_config::NodeConfig config;
        config.id = "A";
        config.worker_threads = 2;
        return config;
    }
    RoutedAttaches::Hand hand(std::size_t from) {
        return [this, from](std::size_t to, PairWords words) {
            way.push_back({from, to, std::move(words)});
        };
    }
    /// Until nobody has anything to say.
    void cross(const std::vector<LoopMember*>& members) {
        for (bool any = true; any;) {
            for (LoopMember* const member : members) {
                member->pump();
            }
            home.routed_attaches().end_turn();
            other.routed_attaches().end_turn();
            any = !way.empty();
            for (; !way.empty(); way.pop_front()) {
                Shard& shard = way.front().to == 0 ? home : other;
                shard.receive(way.front().from, std::move(way.front().words));
            }
        }
    }
    void make_route(LoopMember& maker, Direction direction) {
        REQUIRE(
            containers.link_routing().add_for(maker.id(), "maker",
                                              {.text = "a.*",
                                               .grammar = router::AddressPattern::Grammar::pattern,
                                               .direction = direction}));
        home.routed_attaches().watch(maker.id());
    }
    bool covers(Direction direction) const {
        return containers.link_routing().covers(direction, "a.x");
    }

    struct OnTheWay {
        std::size_t from = 0;
        std::size_t to = 0;
        PairWords words;
    };
    std::deque<OnTheWay> way;
    io::Loop first;
    io::Loop second;
    Containers containers{first};
    Shard home{config(), 0, 2, first, [](std::size_t, Slab) {}, hand(0)};
    Shard other{config(), 1, 2, second, [](std::size_t, Slab) {}, hand(1)};
    LinkRouter router;
};

Buffer some_bytes() {
    return {0x00, 0x53, 0x75, 0xa0, 0x01, 'x'};
}

}  // namespace

TEST_SUITE_BEGIN("link routes of connections on other loops");

TEST_CASE("a link goes to the connection that made its link route, from any loop") {
    WordsOfTwo f;
    LoopMember maker{f.other, "maker"};
    f.make_route(maker, Direction::in);
    std::size_t links = 0;
    for (Shard* const from : {&f.home, &f.other}) {
        LoopMember sender{*from, "c"};
        const std::vector<LoopMember*> both{&maker, &sender};
        amqp::Link& link = sender.send_to("a.x");
        f.cross(both);
        REQUIRE(maker.asked.size() == ++links);
        CHECK(maker.names.back() == "n1@c");
        CHECK(f.router.pairs() == 1);
        maker.asked.back()->grant(5);
        f.cross(both);
        REQUIRE(link.credit() == 5);
        sender.send(link, some_bytes(), /*settled=*/false);
        f.cross(both);
        REQUIRE(maker.received() == 1);
        maker.accept_all();
        f.cross(both);
        CHECK(sender.settled == 1);
        CHECK(link.credit() == 4);
        sender.detach(link);
        f.cross(both);
        CHECK(f.router.pairs() == 0);
        CHECK(f.home.routed_attaches().switchboard().size() == 0);
        CHECK(sender.detached().empty());
        CHECK(maker.detached().empty());
    }
}

TEST_CASE("both ends hear at once of a connection that is lost, and its link routes go with it") {
    for (const bool at_home : {true, false}) {
        WordsOfTwo f;
        auto maker = std::make_unique<LoopMember>(f.other, "maker");
        LoopMember sender{at_home ? f.home : f.other, "c"};
        f.make_route(*maker, Direction::in);
        sender.send_to("a.x");
        f.cross({maker.get(), &sender});
        REQUIRE(maker->asked.size() == 1);
        maker.reset();
        f.other.routed_attaches().list().go_on();
        f.cross({&sender});
        REQUIRE(sender.detached().size() == 1);
        CHECK(sender.detached().front().starts_with("qd:routed-link-lost"));
        CHECK_FALSE(f.covers(Direction::in));
        CHECK(f.home.routed_attaches().switchboard().size() == 0);
        f.cross({&sender});
        CHECK(f.router.pairs() == 0);
    }
}

TEST_CASE("what home does not know to be gone yet is no place for a link") {
    for (const bool at_home : {true, false}) {
        WordsOfTwo f;
        auto maker = std::make_unique<LoopMember>(f.other, "maker");
        LoopMember sender{at_home ? f.home : f.other, "c"};
        f.make_route(*maker, Direction::in);
        maker.reset();  // and home hears so once it has asked about it
        sender.send_to("a.x");
        f.cross({&sender});
        REQUIRE(sender.detached().size() == 1);
        CHECK(sender.detached().front().starts_with("qd:no-route-to-dest"));
        CHECK_FALSE(f.covers(Direction::in));
        CHECK(f.router.pairs() == 0);
        CHECK(f.router.counters().made == 0);
        CHECK(f.router.counters().refused == 1);
    }
}

TEST_CASE("an attach that is not answered there in time is taken back") {
    for (const bool at_home : {true, false}) {
        WordsOfTwo f{Duration::zero()};
        LoopMember maker{f.other, "maker"};
        LoopMember sender{at_home ? f.home : f.other, "c"};
        f.make_route(maker, Direction::in);
        maker.answers = false;
        sender.send_to("a.x");
        f.cross({&maker, &sender});
        REQUIRE(maker.asked.size() == 1);
        while (f.router.counters().unanswered == 0) {
            f.first.run_one();
            f.cross({&maker, &sender});
        }
        REQUIRE(sender.detached().size() == 1);
        CHECK(sender.detached().front().find("did not answer") != std::string::npos);
        CHECK(maker.detached().size() == 1);
        CHECK(f.router.pairs() == 0);
        CHECK(f.router.counters().unanswered == 1);
    }
}

TEST_CASE("what is answered there while it is taken back was answered") {
    WordsOfTwo f{Duration::zero()};
    LoopMember maker{f.other, "maker"};
    LoopMember sender{f.home, "c"};
    f.make_route(maker, Direction::in);
    maker.answers = false;
    sender.send_to("a.x");
    f.cross({&maker, &sender});
    maker.answer_first();
    while (f.way.empty()) {
        f.first.run_one();
        f.home.routed_attaches().end_turn();
    }
    f.cross({&maker, &sender});
    CHECK(sender.detached().empty());
    CHECK(f.router.pairs() == 1);
    CHECK(f.router.counters().unanswered == 0);
    CHECK(f.router.counters().made == 1);
}

TEST_CASE("a far end counts until it is gone, whatever its peer answers") {
    for (const bool at_home : {true, false}) {
        WordsOfTwo f;
        LoopMember maker{f.other, "maker"};
        auto sender = std::make_unique<LoopMember>(at_home ? f.home : f.other, "c");
        f.make_route(maker, Direction::in);
        sender->send_to("a.x");
        f.cross({&maker, sender.get()});
        REQUIRE(maker.asked.size() == 1);
        sender.reset();
        f.cross({});  // the maker does not answer the detach
        CHECK(f.home.routed_attaches().switchboard().size() == 0);
        CHECK(f.router.pairs() == 1);
        f.cross({&maker});
        CHECK(f.router.pairs() == 0);
        CHECK(f.router.counters().made == 1);
    }
}

TEST_CASE("only what is taken over is said to be attached again") {
    const TemporaryFolder folder;
    const std::string file = folder.path() + "/log";
    REQUIRE(io::log().set(router_config::LogModule::router_core,
                          {.levels = *io::parse_levels("info+"), .output = file}));
    WordsOfTwo f;
    LoopMember maker{f.other, "maker"};
    LoopMember former{f.home, "c"};
    LoopMember later{f.home, "c"};
    LoopMember last{f.home, "c"};
    f.make_route(maker, Direction::out);
    amqp::Link& link = former.subscribe("s", "a.x");
    f.cross({&maker, &former});
    former.detach(link);
    f.cross({&former});  // the maker has not answered that
    later.subscribe("s", "a.x");
    f.cross({&later});
    f.cross({&maker, &former, &later});
    last.subscribe("s", "a.x");
    f.cross({&maker, &later, &last});
    CHECK(later.detached().size() == 1);
    CHECK(f.router.pairs() == 1);
    REQUIRE(io::log().flush());
    REQUIRE(io::log().change(router_config::LogModule::router_core, {}));
    std::ostringstream text;
    text << std::ifstream{file}.rdbuf();
    const std::string log = text.str();
    const std::size_t at = log.find("is attached again: s@c");
    REQUIRE(at != std::string::npos);
    CHECK(log.find("is attached again") == at);
    CHECK(log.find("is attached again", at + 1) == std::string::npos);
}

TEST_CASE("what is on its way to be asked for is bounded, for each that asks") {
    WordsOfTwo f;
    LoopMember maker{f.other, "maker"};
    LoopMember greedy{f.home, "c"};
    LoopMember modest{f.home, "d"};
    f.make_route(maker, Direction::in);
    const std::string address = "a." + std::string(15'000, 'x');
    std::size_t sent = 0;
    for (; greedy.detached().empty() && sent < 5'000; ++sent) {
        greedy.send_to(address);
    }
    REQUIRE(greedy.detached().size() == 1);
    CHECK(greedy.detached().front().starts_with("amqp:resource-limit-exceeded"));
    CHECK(f.router.offer_bytes() <= LinkRouter::kOffersMax / 2 + 100'000);
    CHECK(f.router.counters().refused == 1);
    modest.send_to(address);
    CHECK(modest.detached().empty());
    do {
        f.other.routed_attaches().go_on();
        f.cross({&maker, &greedy, &modest});
    } while (f.other.routed_attaches().has_work());
    CHECK(f.router.offer_bytes() == 0);
    CHECK(maker.asked.size() == sent);
    CHECK(f.router.pairs() == sent);
}

TEST_CASE("what outlasts its connection is taken over there, too") {
    for (const bool at_home : {true, false}) {
        WordsOfTwo f;
        LoopMember maker{f.other, "maker"};
        LoopMember former{at_home ? f.home : f.other, "c"};
        LoopMember later{at_home ? f.other : f.home, "c"};
        const std::vector<LoopMember*> all{&maker, &former, &later};
        f.make_route(maker, Direction::out);
        former.subscribe("s", "a.x");
        f.cross(all);
        REQUIRE(maker.names == std::vector<std::string>{"s@c"});
        later.subscribe("s", "a.x");
        f.cross(all);
        CHECK(maker.names == std::vector<std::string>{"s@c", "s@c"});
        REQUIRE(former.detached().size() == 1);
        CHECK(former.detached().front().starts_with(kStolen));
        CHECK(later.detached().empty());
        CHECK(f.router.pairs() == 1);
    }
}

TEST_CASE("what outlasts its connection is not asked for twice at once") {
    WordsOfTwo f;
    LoopMember maker{f.other, "maker"};
    LoopMember former{f.home, "c"};
    LoopMember later{f.home, "c"};
    const std::vector<LoopMember*> all{&maker, &former, &later};
    f.make_route(maker, Direction::out);
    maker.answers = false;
    former.subscribe("s", "a.x");
    f.cross(all);
    REQUIRE(maker.asked.size() == 1);
    later.subscribe("s", "a.x");
    f.cross(all);
    REQUIRE(later.detached().size() == 1);
    CHECK(later.detached().front().starts_with("amqp:resource-locked"));
    maker.answer_first();
    maker.answers = true;
    f.cross(all);
    later.subscribe("s", "a.x");
    f.cross(all);
    REQUIRE(former.detached().size() == 1);
    CHECK(former.detached().front().starts_with(kStolen));
    CHECK(later.detached().size() == 1);
    CHECK(f.router.pairs() == 1);
}

TEST_CASE("what is meant for a broker is not for a connection that takes everything") {
    WordsOfTwo f;
    LoopMember maker{f.other, "maker"};
    LoopMember sender{f.home, "c"};
    REQUIRE(
        f.containers.link_routing().add_for(maker.id(), "maker",
                                            {.text = "#",
                                             .grammar = router::AddressPattern::Grammar::pattern,
                                             .direction = Direction::in}));
    sender.send_to("$broker/b1/q");
    f.cross({&maker, &sender});
    CHECK(maker.asked.empty());
    REQUIRE(sender.detached().size() == 1);
    CHECK(sender.detached().front().starts_with("qd:no-route-to-dest"));
}

TEST_SUITE_END();

}  // namespace weft::node::test
