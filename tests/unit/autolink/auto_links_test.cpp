#include "router/autolink/auto_links.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

namespace weft::autolink {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// The connections' side: what was asked of them.
class Desk : public AutoLinkPort {
public:
    AutoLinks links{*this};
    Instant now{seconds(100)};
    std::vector<std::pair<std::uint64_t, std::uint64_t>> asked;  // auto-link, connection
    std::vector<std::uintptr_t> detached;
    bool full = false;

    std::uintptr_t attach(const AutoLink& link, const AutoLinkEnd& end) override {
        asked.emplace_back(link.id, end.connection);
        return full ? 0 : 1000 + asked.size();
    }
    void detach(const AutoLinkEnd& end) override { detached.push_back(end.port_end); }

    std::uint64_t add(std::string container, Finds by = Finds::container, std::string name = "") {
        const auto added = links.add(
            {.name = std::move(name), .address = "a", .by = by, .container = std::move(container)},
            now);
        REQUIRE(added);
        return (*added)->id;
    }
    void open(std::uint64_t connection, std::string_view container, std::string_view name = "c") {
        links.opened(connection, container, name, now);
        links.work(now, 100);
    }
    Status status(std::uint64_t id) const { return links.find(id)->status(); }
    /// Seconds until the next attach.
    double wait() const { return std::chrono::duration<double>(links.next_due() - now).count(); }
    void pass(Duration time) {
        now += time;
        links.work(now, 100);
    }
};

}  // namespace

TEST_SUITE_BEGIN("auto_links");

TEST_CASE("one is attached when its container is connected, by id or by the connection's name") {
    Desk desk;
    const auto by_id = desk.add("broker");
    const auto by_name = desk.add("uplink", Finds::connection);
    const auto other = desk.add("uplink");
    CHECK(desk.links.next_due() == kNever);
    desk.open(7, "broker", "uplink");
    CHECK(desk.asked ==
          std::vector<std::pair<std::uint64_t, std::uint64_t>>{{by_id, 7}, {by_name, 7}});
    CHECK(desk.status(by_id) == Status::attaching);
    CHECK(desk.status(other) == Status::inactive);
    desk.links.attached(by_id, 7, 55, desk.now);
    CHECK(desk.status(by_id) == Status::active);
    CHECK(desk.links.find(by_id)->link() == 55);
}

TEST_CASE(
    "it is attached over so many connections of its container, and over others once those go") {
    Desk desk;
    const auto id = desk.add("broker");
    const auto count = std::uint64_t{AutoLinks::kEndsMax};
    for (std::uint64_t connection = 1; connection <= count + 2; ++connection) {
        desk.open(connection, "broker");
    }
    CHECK(desk.links.find(id)->ends.size() == count);
    CHECK(desk.links.find(id)->ends.back().number == count);
    desk.links.gone(count + 2);  // had none
    CHECK(desk.links.find(id)->ends.size() == count);
    desk.links.gone(7);
    desk.links.work(desk.now, 100);
    CHECK(desk.links.find(id)->ends.size() == count);
    CHECK(desk.links.find(id)->ends.back().connection == count + 1);
    CHECK(desk.links.find(id)->ends.back().number == 7);
    CHECK(desk.asked.back() == std::pair{id, count + 1});
    const auto later = desk.add("broker");
    CHECK(desk.links.find(later)->ends.size() == count);
}

TEST_CASE("very many auto-links of one container have a part of its connections each") {
    constexpr std::uint64_t kMore = 2;
    constexpr std::size_t kLinks = AutoLinks::kEndsTogetherMax / 4;
    Desk desk;
    for (std::size_t i = 0; i < kLinks; ++i) {
        desk.add("broker");
    }
    for (std::uint64_t connection = 1; connection <= 4 + kMore; ++connection) {
        desk.open(connection, "broker");
    }
    const auto ends = [&] {
        std::size_t count = 0;
        for (const auto& link : desk.links.all()) {
            count += link->ends.size();
        }
        return count;
    };
    CHECK(ends() == AutoLinks::kEndsTogetherMax);
    desk.links.gone(2);
    CHECK(ends() == AutoLinks::kEndsTogetherMax);
    CHECK(desk.links.all().front()->ends.back().connection == 5);
    desk.links.gone(6);  // had none
    desk.links.gone(5);
    desk.links.gone(1);
    CHECK(ends() == 2 * kLinks);  // 3 and 4 are left
}

TEST_CASE("one that names nobody is attached to nobody") {
    Desk desk;
    const auto id = desk.add("");
    desk.open(7, "", "");
    CHECK(desk.asked.empty());
    desk.links.gone(7);
    CHECK(desk.status(id) == Status::inactive);
}

TEST_CASE("one that is made while its container is connected is attached at once") {
    Desk desk;
    desk.open(7, "broker");
    const auto id = desk.add("broker");
    CHECK(desk.wait() == 0);
    desk.pass({});
    CHECK(desk.status(id) == Status::attaching);
}

TEST_CASE("it has an end over each connection, and names that last") {
    Desk desk;
    const auto id = desk.add("broker", Finds::container, "x");
    desk.open(7, "broker");
    desk.open(8, "broker");
    desk.links.attached(id, 7, 55, desk.now);
    CHECK(desk.asked == std::vector<std::pair<std::uint64_t, std::uint64_t>>{{id, 7}, {id, 8}});
    const AutoLink& link = *desk.links.find(id);
    CHECK(link.link_name(link.ends.at(0).number) == "x");
    CHECK(link.link_name(link.ends.at(1).number) == "x.2");
    desk.links.gone(7);
    CHECK(desk.status(id) == Status::attaching);
    CHECK(link.link() == 0);
    desk.open(9, "broker");
    CHECK(link.link_name(link.ends.at(1).number) == "x");
    desk.links.gone(8);
    desk.links.gone(9);
    desk.links.gone(9);  // means nothing
    CHECK(desk.links.next_due() == kNever);
    CHECK(desk.status(id) == Status::inactive);
}

TEST_CASE("one that an address makes again has another name for the container") {
    Desk desk;
    const autolink::AutoLinkConfig config{.name = "address/q/b/in",
                                          .address = "q",
                                          .container = "b",
                                          .storage = std::make_shared<router::Storage>()};
    const auto first = desk.links.add(config, desk.now);
    REQUIRE(first);
    CHECK_FALSE(desk.links.add(config, desk.now));
    CHECK((*first)->link_name(2) == "address/q/b/in#1.2");
    CHECK(desk.links.remove((*first)->id));
    const auto second = desk.links.add(config, desk.now);
    REQUIRE(second);
    CHECK((*second)->link_name() == "address/q/b/in#2");
}

TEST_CASE("of several ends the best counts") {
    Desk desk;
    const auto id = desk.add("broker");
    desk.open(7, "broker");
    desk.open(8, "broker");
    CHECK(desk.links.failed(id, 7, "refused", desk.now).again == AutoLinks::kRetryMin);
    CHECK(desk.status(id) == Status::attaching);
    desk.links.failed(id, 8, "refused", desk.now);
    CHECK(desk.status(id) == Status::failed);
    desk.links.attached(id, 8, 5, desk.now);
    CHECK(desk.status(id) == Status::active);
    CHECK(desk.links.find(id)->link() == 5);
}

TEST_CASE("one that fails is tried again ever later, and says why") {
    Desk desk;
    const auto id = desk.add("broker");
    desk.open(7, "broker");
    std::vector<double> waits;
    for (int i = 0; i < 7; ++i) {
        const auto setback = desk.links.failed(id, 7, "amqp:not-found no such queue", desk.now);
        CHECK(setback.again == desk.links.next_due() - desk.now);
        CHECK(setback.is_first == (i == 0));
        CHECK(desk.status(id) == Status::failed);
        CHECK(desk.links.find(id)->last_error == "amqp:not-found no such queue");
        waits.push_back(desk.wait());
        desk.pass(desk.links.next_due() - desk.now);
        CHECK(desk.status(id) == Status::attaching);
    }
    CHECK(waits == std::vector<double>{2, 4, 8, 16, 32, 32, 32});
    desk.links.attached(id, 7, 1, desk.now);
    CHECK(desk.links.find(id)->last_error.empty());
}

TEST_CASE("a container that detaches at once makes no storm, and one that stood begins again") {
    Desk desk;
    const auto id = desk.add("broker");
    desk.open(7, "broker");
    for (int i = 0; i < 3; ++i) {
        desk.links.attached(id, 7, 1, desk.now);
        desk.pass(milliseconds(10));
        desk.links.failed(id, 7, "detached", desk.now);
        desk.pass(desk.links.next_due() - desk.now);
    }
    desk.links.attached(id, 7, 1, desk.now);
    desk.pass(seconds(9));  // longer than the eight it waited for
    CHECK(desk.links.failed(id, 7, "detached", desk.now).is_first);
    CHECK(desk.wait() == 2);
}

TEST_CASE("a container that comes back is attached to at once") {
    Desk desk;
    const auto id = desk.add("broker");
    desk.open(7, "broker");
    for (int i = 0; i < 4; ++i) {
        desk.links.failed(id, 7, "refused", desk.now);
    }
    desk.links.gone(7);
    CHECK(desk.status(id) == Status::inactive);
    desk.open(8, "broker");
    CHECK(desk.asked.back() == std::pair<std::uint64_t, std::uint64_t>{id, 8});
}

TEST_CASE("a connection that takes no link is a failure") {
    Desk desk;
    desk.full = true;
    const auto id = desk.add("broker");
    desk.open(7, "broker");
    CHECK(desk.status(id) == Status::failed);
    CHECK(desk.links.find(id)->last_error == "the connection takes no further link");
    CHECK(desk.wait() == 2);
}

TEST_CASE("one that is removed is detached, and is not heard of again") {
    Desk desk;
    const auto id = desk.add("broker");
    const auto waits = desk.add("broker");
    desk.open(7, "broker");
    desk.links.failed(waits, 7, "refused", desk.now);
    const auto end = desk.links.find(id)->ends.at(0).port_end;
    CHECK(desk.links.remove(id));
    CHECK(desk.links.remove(waits));
    CHECK_FALSE(desk.links.remove(id));
    CHECK(desk.detached == std::vector<std::uintptr_t>{end});
    CHECK(desk.links.next_due() == kNever);
    desk.links.attached(id, 7, 1, desk.now);
    desk.links.failed(id, 7, "late", desk.now);
    CHECK(desk.links.all().empty());
}

TEST_CASE("names are unique; links without one are called by what they are") {
    Desk desk;
    const auto named = desk.add("broker", Finds::container, "orders-in");
    const auto again = desk.links.add({.name = "orders-in"}, desk.now);
    REQUIRE_FALSE(again);
    CHECK(again.error().text == "Name conflicts with an existing entity");
    CHECK(desk.links.find(named)->link_name() == "orders-in");
    const auto out = desk.links.add({.address = "a",
                                     .direction = router::Direction::out,
                                     .container = "broker",
                                     .external_address = "queue.a"},
                                    desk.now);
    CHECK((*out)->link_name() == "auto-link.out.0.queue.a");
    CHECK(desk.links.remove(named));
    CHECK(desk.links.add({.name = "orders-in"}, desk.now));
}

TEST_CASE("however many are due, no more are attached at once than is asked for") {
    Desk desk;
    for (int i = 0; i < 25; ++i) {
        desk.add("broker");
    }
    desk.links.opened(7, "broker", "c", desk.now);
    CHECK(desk.links.work(desk.now, 10));
    CHECK(desk.asked.size() == 10);
    CHECK(desk.links.work(desk.now, 10));
    CHECK_FALSE(desk.links.work(desk.now, 10));
    CHECK(desk.asked.size() == 25);
}

TEST_SUITE_END();

}  // namespace weft::autolink
