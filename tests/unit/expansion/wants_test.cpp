#include "router/expansion/wants.hpp"

#include <doctest/doctest.h>

using namespace weft;
using namespace weft::expansion;
using autolink::Finds;
using router::Direction;
using router::Storage;

namespace {

StoredAddress stored(std::vector<std::string> brokers,
                     Storage::Kind kind = Storage::Kind::queue,
                     Buffer properties = {}) {
    return {.address = "orders",
            .storage = std::make_shared<Storage>(Storage{.kind = kind,
                                                         .brokers = std::move(brokers),
                                                         .entry = {},
                                                         .properties = std::move(properties)})};
}

std::vector<std::string> names_of(const std::vector<Want>& wants) {
    std::vector<std::string> names;
    for (const Want& want : wants) {
        names.push_back(auto_link_for("orders", want).name);
    }
    return names;
}

}  // namespace

TEST_SUITE_BEGIN("wants");

TEST_CASE("a queue needs a link each way to each of its brokers that is here") {
    Attached attached;
    CHECK(wants_of(stored({"b1", "b2"}), attached).empty());
    attached.add(1, "b2", "x");
    CHECK(names_of(wants_of(stored({"b1", "b2"}), attached)) ==
          std::vector<std::string>{"address/orders/b2/out", "address/orders/b2/in"});
    attached.add(2, "b1", "x");
    CHECK(wants_of(stored({"b1", "b2"}), attached).size() == 4);
    CHECK(wants_of(stored({}), attached).empty());
}

TEST_CASE("a topic needs a link out alone: who receives from it is passed on") {
    Attached attached;
    attached.add(1, "b1", "x");
    CHECK(names_of(wants_of(stored({"b1"}, Storage::Kind::topic), attached)) ==
          std::vector<std::string>{"address/orders/b1/out"});
}

TEST_CASE("where links are passed on none are made") {
    Attached attached;
    attached.add(1, "b1", "x");
    auto passes = std::make_shared<Storage>(Storage{.brokers = {"b1"}, .passes_links = true});
    CHECK(wants_of({.address = "orders/#", .storage = std::move(passes)}, attached).empty());
}

TEST_CASE("messages go out in phase 0 and come in in phase 1, by the broker's id or connection") {
    const StoredAddress address = stored({"b1"});
    const auto link = [&](Direction direction, Finds by) {
        return auto_link_for(address.address, {"b1", direction, by, address.storage});
    };
    const autolink::AutoLinkConfig out = link(Direction::out, Finds::container);
    CHECK(out.address == "orders");
    CHECK(out.phase == 0);
    CHECK(out.direction == Direction::out);
    CHECK(out.by == Finds::container);
    CHECK(out.container == "b1");
    CHECK(out.storage == address.storage);
    CHECK_FALSE(out.fallback);
    const autolink::AutoLinkConfig in = link(Direction::in, Finds::connection);
    CHECK(in.phase == 1);
    CHECK(in.direction == Direction::in);
    CHECK(in.by == Finds::connection);
}

TEST_CASE("what leads to a broker takes its prefix away") {
    const auto routes = link_routes_to("b1", Finds::connection);
    CHECK(routes[0].name == "address/$broker/b1/in");
    CHECK(routes[0].direction == Direction::in);
    CHECK(routes[1].name == "address/$broker/b1/out");
    CHECK(routes[1].direction == Direction::out);
    for (const auto& route : routes) {
        CHECK(route.text == "$broker/b1");
        CHECK(route.grammar == linkroute::LinkRouteConfig::Grammar::prefix);
        CHECK(route.by == linkroute::Finds::connection);
        CHECK(route.container == "b1");
        CHECK(route.source == linkroute::Source::address);
        CHECK(route.prefixes.outward("$broker/b1/orders") == "orders");
        CHECK(route.prefixes.inward("orders") == "$broker/b1/orders");
    }
}

TEST_CASE("a coordinator is led to a broker as any link that is passed on") {
    const auto route = coordinator_route({"b1", Finds::container});
    CHECK(route.name == "address/$coordinator/b1/in");
    CHECK(route.text == "$coordinator");
    CHECK(route.direction == Direction::in);
    CHECK(route.by == linkroute::Finds::container);
    CHECK(route.container == "b1");
    CHECK(route.source == linkroute::Source::address);
    CHECK(route.prefixes.empty());
    CHECK(coordinator_route({"b1", Finds::connection}).by == linkroute::Finds::connection);
}

TEST_CASE("what stays wanted stays, unless the broker is to be told something else") {
    Attached attached;
    attached.add(1, "b1", "x");
    attached.add(2, "b2", "x");
    const auto before = wants_of(stored({"b1", "b2"}), attached);
    CHECK(difference({}, before).made == before);
    CHECK(difference(before, {}).gone == std::vector<std::size_t>{0, 1, 2, 3});
    const Difference same = difference(before, wants_of(stored({"b2", "b1"}), attached));
    CHECK(same.gone.empty());
    CHECK(same.made.empty());
    const Difference less = difference(before, wants_of(stored({"b2"}), attached));
    CHECK(less.gone == std::vector<std::size_t>{0, 1});
    CHECK(less.made.empty());
    const auto told = wants_of(stored({"b1", "b2"}, Storage::Kind::queue, Buffer{1}), attached);
    CHECK(difference(before, told).gone.size() == 4);
    CHECK(difference(before, told).made == told);
}

TEST_SUITE_END();
