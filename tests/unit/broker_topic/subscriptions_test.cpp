#include "broker/topic/subscriptions.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weft::topic {
namespace {

using namespace std::chrono_literals;

Instant at(std::chrono::seconds seconds) {
    return Instant{} + seconds;
}

Request wants(Kind kind, std::string name = "audit", const char* filter = "prices/#") {
    Request request;
    request.kind = kind;
    if (kind != Kind::passing) {
        request.owner = {.global = false, .container = "client", .name = std::move(name)};
    }
    request.interest.filter = read_filter(filter).value();
    return request;
}

Request resumes(std::string name = "audit") {
    Request request = wants(Kind::durable, std::move(name));
    request.resumes = true;
    return request;
}

struct Broker {
    /// A new link, which must attach.
    Subscriptions::Attached attach(const Request& request) {
        const auto attached = subscriptions.attach(request, next());
        REQUIRE(attached);
        return *attached;
    }
    std::string refused(const Request& request) {
        const auto attached = subscriptions.attach(request, next());
        return attached ? "" : std::string{attached.error().condition};
    }
    Life leave(LinkId link, Leaving how = Leaving::detached) {
        const auto left = subscriptions.leave(link, how, now);
        REQUIRE(left);
        return left->life;
    }
    LinkId next() { return LinkId{++links}; }
    LinkId last() const { return LinkId{links}; }
    std::size_t matching(std::string_view name) const {
        std::vector<Subscription*> found;
        subscriptions.match(name, found);
        return found.size();
    }
    std::vector<SubscriptionId> expired() {
        std::vector<SubscriptionId> gone;
        subscriptions.expire(now, gone);
        return gone;
    }

    Subscriptions subscriptions;
    std::uint64_t links = 0;
    Instant now = at(0s);
};

constexpr Kind kKinds[] = {Kind::passing, Kind::shared, Kind::durable, Kind::shared_durable};

}  // namespace

TEST_SUITE_BEGIN("Subscriptions");

TEST_CASE("what detach means for each kind") {
    for (const Kind kind : kKinds) {
        CAPTURE(name_of(kind));
        for (const Leaving how : {Leaving::detached, Leaving::closed, Leaving::lost}) {
            Broker broker;
            const auto attached = broker.attach(wants(kind));
            CHECK(attached.made);
            CHECK(attached.subscription->life == Life::attached);
            CHECK(broker.matching("prices/x") == 1);
            const bool waits = is_durable(kind) && how != Leaving::closed;
            CHECK(broker.leave(broker.last(), how) == (waits ? Life::detached : Life::closed));
            CHECK(broker.subscriptions.size() == (waits ? 1 : 0));
            CHECK(broker.matching("prices/x") == (waits ? 1 : 0));
            CHECK(broker.subscriptions.deadline() == kNever);
        }
    }
}

TEST_CASE("each that is passing is another one") {
    Broker broker;
    const auto one = broker.attach(wants(Kind::passing));
    const auto other = broker.attach(wants(Kind::passing));
    CHECK(one.subscription != other.subscription);
    CHECK(broker.matching("prices/x") == 2);
}

TEST_CASE("links of one that is shared come and go; the last decides") {
    for (const Kind kind : {Kind::shared, Kind::shared_durable}) {
        Broker broker;
        const auto one = broker.attach(wants(kind));
        const LinkId first = broker.last();
        const auto other = broker.attach(wants(kind));
        const LinkId second = broker.last();
        CHECK(other.subscription == one.subscription);
        CHECK_FALSE(other.made);
        CHECK_FALSE(other.stolen);
        CHECK(broker.matching("prices/x") == 1);
        CHECK(broker.leave(first, Leaving::closed) == Life::attached);
        CHECK(broker.leave(second) == (is_durable(kind) ? Life::detached : Life::closed));
    }
}

TEST_CASE("a durable one is taken up again, with what it holds") {
    Broker broker;
    const SubscriptionId id = broker.attach(wants(Kind::durable)).subscription->id;
    broker.leave(broker.last(), Leaving::lost);
    const auto again = broker.attach(wants(Kind::durable));
    CHECK(again.subscription->id == id);
    CHECK_FALSE(again.made);
    CHECK(again.subscription->life == Life::attached);
}

TEST_CASE("a durable one has one link: a newer one takes it") {
    Broker broker;
    broker.attach(wants(Kind::durable));
    const LinkId older = broker.last();
    const auto taken = broker.attach(wants(Kind::durable));
    CHECK(taken.stolen == older);
    CHECK(taken.subscription->links == std::vector{broker.last()});
    CHECK_FALSE(broker.subscriptions.leave(older, Leaving::closed, broker.now));
    CHECK(broker.subscriptions.size() == 1);
    CHECK(broker.subscriptions.counters().stolen == 1);
}

TEST_CASE("owners, and durable ones beside shared ones, have names of their own") {
    Broker broker;
    broker.attach(wants(Kind::durable, "a"));
    CHECK(broker.attach(wants(Kind::shared, "a")).made);
    CHECK(broker.attach(wants(Kind::durable, "b")).made);
    Request other = wants(Kind::durable, "a");
    other.owner.container = "other";
    CHECK(broker.attach(other).made);
    Request global = wants(Kind::shared_durable, "a");
    global.owner = {.global = true, .container = "", .name = "a"};
    CHECK(broker.attach(global).made);
    CHECK_FALSE(broker.attach(global).made);
    CHECK(broker.refused(wants(Kind::shared_durable, "a")) == "amqp:not-allowed");
}

TEST_CASE(
    "another interest takes the place of a durable one, but of a shared one only without links") {
    Broker broker;
    const SubscriptionId id = broker.attach(wants(Kind::durable)).subscription->id;
    const LinkId older = broker.last();
    const auto changed = broker.attach(wants(Kind::durable, "audit", "news"));
    CHECK(changed.made);
    CHECK(changed.replaced == id);
    CHECK(changed.stolen == older);
    CHECK(broker.matching("prices/x") == 0);
    CHECK(broker.matching("news") == 1);
    CHECK(broker.subscriptions.counters().replaced == 1);

    Request selecting = wants(Kind::shared_durable, "s");
    broker.attach(selecting);
    selecting.interest.selector = "a = 1";
    CHECK(broker.refused(selecting) == "amqp:not-allowed");
    broker.subscriptions.leave(LinkId{broker.links - 1}, Leaving::detached, broker.now);
    CHECK(broker.attach(selecting).replaced);
    Request local = selecting;
    local.interest.no_local = true;
    CHECK(broker.refused(local) == "amqp:not-allowed");
}

TEST_CASE("one that resumes gets what there is, and takes it from nobody") {
    Broker broker;
    CHECK(broker.refused(resumes()) == "amqp:not-found");
    broker.attach(wants(Kind::shared));
    CHECK(broker.refused(resumes()) == "amqp:not-found");
    const SubscriptionId id = broker.attach(wants(Kind::durable, "audit", "news")).subscription->id;
    const LinkId link = broker.last();
    CHECK(broker.refused(resumes()) == "amqp:resource-locked");
    broker.leave(link);
    const auto resumed = broker.attach(resumes());
    CHECK(resumed.subscription->id == id);
    CHECK(resumed.subscription->interest.filter.text == "news");
    CHECK(broker.leave(broker.last(), Leaving::closed) == Life::closed);
    CHECK(broker.refused(resumes()) == "amqp:not-found");
}

TEST_CASE("one with a time-out is gone when nobody came in time") {
    Broker broker;
    Request request = wants(Kind::durable);
    request.expiry = 60;
    const SubscriptionId id = broker.attach(request).subscription->id;
    CHECK(broker.subscriptions.deadline() == kNever);
    broker.leave(broker.last());
    CHECK(broker.subscriptions.deadline() == at(60s));

    broker.now = at(59s);
    CHECK(broker.expired().empty());
    broker.attach(request);
    CHECK(broker.subscriptions.deadline() == kNever);
    broker.now = at(100s);
    CHECK(broker.expired().empty());
    broker.leave(broker.last(), Leaving::lost);
    broker.now = at(160s);
    CHECK(broker.expired() == std::vector{id});
    CHECK(broker.subscriptions.size() == 0);
    CHECK(broker.matching("prices/x") == 0);
    CHECK(broker.subscriptions.counters().expired == 1);
}

TEST_CASE("of many that expire at once some go in each turn") {
    Broker broker;
    for (std::size_t i = 0; i < Subscriptions::kExpiredAtOnceMax + 1; ++i) {
        Request request = wants(Kind::durable, "s" + std::to_string(i));
        request.expiry = 60;
        broker.attach(request);
        broker.leave(broker.last());
    }
    broker.now = at(60s);
    CHECK(broker.expired().size() == Subscriptions::kExpiredAtOnceMax);
    CHECK(broker.subscriptions.deadline() == at(60s));
    CHECK(broker.expired().size() == 1);
}

TEST_CASE("the newest attach says how long a durable one waits") {
    Broker broker;
    Request request = wants(Kind::shared_durable);
    request.expiry = 60;
    broker.attach(request);
    request.expiry = std::nullopt;
    const LinkId first = broker.last();
    broker.attach(request);
    broker.leave(first);
    broker.leave(broker.last());
    CHECK(broker.subscriptions.deadline() == kNever);
}

TEST_CASE("those that were stored wait anew, and their ids are never used again") {
    Broker broker;
    Subscription stored{.id = SubscriptionId{7},
                        .kind = Kind::durable,
                        .owner = wants(Kind::durable).owner,
                        .interest = wants(Kind::durable).interest,
                        .expiry = 60,
                        .links = {LinkId{3}}};
    broker.now = at(1000s);
    broker.subscriptions.restore(stored, broker.now);
    CHECK(broker.subscriptions.find(SubscriptionId{7})->life == Life::detached);
    CHECK(broker.subscriptions.deadline() == at(1060s));
    CHECK(broker.matching("prices/x") == 1);
    CHECK(broker.attach(wants(Kind::passing)).subscription->id == SubscriptionId{8});
    CHECK_FALSE(broker.attach(wants(Kind::durable)).made);
}

TEST_CASE("of two that were stored under one name the younger one stays") {
    Broker broker;
    Subscription stored{.id = SubscriptionId{7},
                        .kind = Kind::durable,
                        .owner = wants(Kind::durable).owner,
                        .interest = wants(Kind::durable).interest};
    CHECK_FALSE(broker.subscriptions.restore(stored, broker.now));
    stored.id = SubscriptionId{8};
    stored.interest = wants(Kind::durable, "audit", "orders").interest;
    CHECK(broker.subscriptions.restore(stored, broker.now) == SubscriptionId{7});
    CHECK(broker.subscriptions.size() == 1);
    CHECK(broker.matching("prices/x") == 0);
    CHECK(broker.matching("orders") == 1);
}

/// "a.*.….x": of 32 levels, with wildcards where bits are set.
std::string wild_at(std::uint64_t bits, const std::string& begin = {}) {
    std::string filter = begin;
    const std::size_t levels = kLevelsMax - 1 - begin.size() / 2;
    for (std::size_t level = 0; level < levels; ++level) {
        filter += ((bits >> level) & 1U) != 0 ? "*." : "a.";
    }
    return filter + "x";
}

/// Of 2,000 filters, each of a shape and a client of its own: those that were taken.
std::size_t bring_all(Broker& broker, const std::string& begin = {}) {
    std::size_t count = 0;
    for (std::uint64_t bits = 1; bits <= 2'000; ++bits) {
        Request request = wants(Kind::passing, "", wild_at(bits, begin).c_str());
        request.bringer = bits;
        count += broker.subscriptions.attach(request, broker.next()) ? 1U : 0U;
    }
    return count;
}

/// Nodes that the longest name costs, which none of these wants.
std::uint64_t cost_of_longest(const Broker& broker) {
    std::string name = "a";
    for (std::size_t i = 1; i < kLevelsMax; ++i) {
        name += ".a";
    }
    const std::uint64_t before = broker.subscriptions.index().steps();
    CHECK(broker.matching(name) == 0);
    return broker.subscriptions.index().steps() - before;
}

TEST_CASE("filters have so many shapes, which bounds what a message costs") {
    Broker broker;
    CHECK(bring_all(broker) == SubscriptionIndex::kShapesMax);
    CHECK(cost_of_longest(broker) <= SubscriptionIndex::kShapesMax * (kLevelsMax + 1));
    CHECK(broker.refused(wants(Kind::passing, "", "*.b")) == "amqp:resource-limit-exceeded");
    CHECK(broker.subscriptions.counters().refused == 2'001 - SubscriptionIndex::kShapesMax);
    for (const char* filter : {"b.*", "b.#", "b/c", "#"}) {
        CHECK(broker.attach(wants(Kind::passing, "", filter)).made);  // of none
    }
    std::string known = wild_at(1);
    known.back() = 'y';
    CHECK(broker.attach(wants(Kind::passing, "", known.c_str())).made);
}

TEST_CASE("so do those with levels behind a '#'") {
    Broker broker;
    CHECK(bring_all(broker, "#.a.") == SubscriptionIndex::kFloatingShapesMax);
    CHECK(cost_of_longest(broker) <= SubscriptionIndex::kFloatingShapesMax * 1'100);
    CHECK(broker.refused(wants(Kind::passing, "", "#.b")) == "amqp:resource-limit-exceeded");
    CHECK(broker.attach(wants(Kind::passing, "", "*.b")).made);  // these are others
    for (int i = 0; i < 2'000; ++i) {                            // of one shape
        const std::string filter = wild_at(1, "#.a.") + std::to_string(i);
        CHECK(broker.attach(wants(Kind::passing, "", filter.c_str())).made);
    }
}

TEST_CASE("of new shapes a connection has what the others leave free, and of a known one any") {
    Broker broker;
    Request request = wants(Kind::passing);
    request.bringer = 7;
    std::uint64_t bits = 1;
    const auto attach = [&] {
        request.interest.filter = read_filter(wild_at(bits)).value();
        return broker.subscriptions.attach(request, broker.next()).has_value();
    };
    for (; attach(); ++bits) {
    }
    CHECK(bits == 129);
    request.bringer = 8;
    CHECK(attach());
    request.bringer = 7;
    CHECK(attach());  // somebody has it
    broker.leave(LinkId{1}, Leaving::closed);
    ++bits;
    CHECK(attach());
}

TEST_CASE("stored ones are kept whatever their shapes") {
    Broker broker;
    for (std::uint64_t id = 1; id <= 300; ++id) {
        const std::string name = std::to_string(id);
        Subscription stored{.id = SubscriptionId{id},
                            .kind = Kind::durable,
                            .owner = wants(Kind::durable, name).owner,
                            .interest = wants(Kind::durable, name, wild_at(id).c_str()).interest};
        CHECK_FALSE(broker.subscriptions.restore(std::move(stored), broker.now));
    }
    CHECK(broker.subscriptions.index().shapes().size() == 300);
    CHECK(broker.refused(wants(Kind::passing, "", "*.b")) == "amqp:resource-limit-exceeded");
    CHECK_FALSE(broker.attach(wants(Kind::durable, "17", wild_at(17).c_str())).made);
}

TEST_CASE("what an operator removes is gone for its links, too") {
    Broker broker;
    const SubscriptionId id = broker.attach(wants(Kind::shared_durable)).subscription->id;
    CHECK(broker.subscriptions.remove(id));
    CHECK_FALSE(broker.subscriptions.remove(id));
    CHECK_FALSE(broker.subscriptions.leave(broker.last(), Leaving::closed, broker.now));
    CHECK(broker.subscriptions.find(id) == nullptr);
    CHECK(broker.subscriptions.counters().removed == 1);
    CHECK(broker.subscriptions.index().size() == 0);
}

TEST_CASE("there are so many subscriptions, and so many links of one that is shared") {
    Broker broker;
    for (std::size_t i = 0; i < Subscriptions::kLinksMax; ++i) {
        broker.attach(wants(Kind::shared));
    }
    CHECK(broker.refused(wants(Kind::shared)) == "amqp:resource-limit-exceeded");
    for (std::size_t i = 1; i < Subscriptions::kSubscriptionsMax; ++i) {
        broker.subscriptions.attach(wants(Kind::passing), broker.next()).value();
    }
    CHECK(broker.refused(wants(Kind::passing)) == "amqp:resource-limit-exceeded");
    CHECK(broker.subscriptions.counters().refused == 2);
    broker.leave(broker.links > 0 ? LinkId{1} : LinkId{});
    CHECK(broker.subscriptions.size() == Subscriptions::kSubscriptionsMax);
    broker.leave(LinkId{Subscriptions::kLinksMax + 2});
    CHECK(broker.attach(wants(Kind::passing)).made);
}

TEST_SUITE_END();

}  // namespace weft::topic
