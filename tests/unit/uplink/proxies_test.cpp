#include "router/uplink/proxies.hpp"

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

namespace weft::uplink {
namespace {

using router::Direction;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Instant kStart{seconds{100}};

/// An uplink that notes what it is asked for.
class NotedPort final : public ProxyPort {
public:
    std::uintptr_t attach(const Proxy& proxy, Direction direction) override {
        if (full) {
            return 0;
        }
        names[++last] = std::string(direction == Direction::in ? "in " : "out ") + proxy.key;
        said.push_back("attach " + names[last]);
        return last;
    }
    void detach(std::uintptr_t link) override { said.push_back("detach " + names.at(link)); }
    void lead(std::uintptr_t link, bool upstream) override {
        said.push_back((upstream ? "lead " : "hold ") + names.at(link));
    }
    std::vector<std::string> take() { return std::exchange(said, {}); }

    bool full = false;
    std::uintptr_t last = 0;
    std::map<std::uintptr_t, std::string> names;
    std::vector<std::string> said;
};

using Said = std::vector<std::string>;

struct World {
    void work(Instant now = kStart) { (void)proxies.work(now, 100); }
    /// As an uplink that takes all.
    void establish() {
        proxies.established();
        work();
    }

    NotedPort port;
    Proxies proxies{port};
};

}  // namespace

TEST_SUITE("proxies") {
    TEST_CASE("an address has a link each way as long as clients receive, or send") {
        World world;
        world.establish();
        world.proxies.set_received("M0a", true);
        CHECK(world.proxies.next_due() == Instant::min());
        world.work();
        CHECK(world.port.take() == Said{"attach in M0a"});
        world.proxies.set_produced("M0a", true);
        world.proxies.set_produced("M0a", true);
        world.work();
        CHECK(world.port.take() == Said{"attach out M0a"});
        world.proxies.set_produced("M0a", false);
        CHECK(world.port.take().empty());
        world.proxies.set_produced("M0a", false);
        CHECK(world.port.take() == Said{"detach out M0a"});
        CHECK(world.proxies.size() == 1);
        world.proxies.set_received("M0a", false);
        CHECK(world.port.take() == Said{"detach in M0a"});
        CHECK(world.proxies.size() == 0);
        world.proxies.set_received("M0a", false);
        world.proxies.set_produced("M0a", false);
        CHECK(world.port.take().empty());
        CHECK(world.proxies.next_due() == kNever);
    }

    TEST_CASE("who comes and goes before its turn has no link") {
        World world;
        world.establish();
        world.proxies.set_received("M0a", true);
        world.proxies.set_received("M0a", false);
        world.proxies.set_received("M0b", true);
        world.proxies.set_received("M0b", false);
        world.proxies.set_received("M0b", true);
        world.work();
        CHECK(world.port.take() == Said{"attach in M0b"});
    }

    TEST_CASE("a sender leads to consumers as the mesh says") {
        World world;
        world.establish();
        world.proxies.told("M0a", true);  // nobody asked
        world.proxies.set_received("M0a", true);
        world.work();
        world.proxies.told("M0a", true);  // nor sends
        CHECK_FALSE(world.proxies.find("M0a")->upstream);
        world.proxies.set_produced("M0a", true);
        world.work();
        world.port.take();
        world.proxies.attached("M0a", Direction::out, kStart);
        world.proxies.told("M0a", true);
        world.proxies.told("M0a", true);
        CHECK(world.port.take() == Said{"lead out M0a"});
        world.proxies.told("M0a", false);
        CHECK(world.port.take() == Said{"hold out M0a"});
        CHECK_FALSE(world.proxies.find("M0a")->upstream);
    }

    TEST_CASE("without an uplink nothing is attached, and all is once there is one") {
        World world;
        world.proxies.set_received("M0a", true);
        world.proxies.set_produced("M0b", true);
        world.work();
        CHECK(world.port.take().empty());
        world.proxies.established();
        CHECK(world.proxies.work(kStart, 1));
        CHECK_FALSE(world.proxies.work(kStart, 1));
        CHECK(world.port.take() == Said{"attach out M0b", "attach in M0a"});
        world.proxies.lost();
        world.proxies.set_produced("M0b", false);
        CHECK(world.port.take().empty());
        world.establish();
        CHECK(world.port.take() == Said{"attach in M0a"});
    }

    TEST_CASE("none is left out when others go while all are seen to") {
        World world;
        for (const char* key : {"M0a", "M0b", "M0c", "M0d"}) {
            world.proxies.set_received(key, true);
        }
        world.proxies.established();
        CHECK(world.proxies.work(kStart, 1));
        CHECK(world.port.take() == Said{"attach in M0d"});
        world.proxies.set_received("M0b", false);  // "M0d" takes its place
        world.proxies.set_received("M0d", false);
        CHECK(world.port.take() == Said{"detach in M0d"});
        world.work();
        CHECK(world.port.take() == Said{"attach in M0c", "attach in M0a"});
    }

    TEST_CASE("what the last uplink said holds on for a while at the next one") {
        World world;
        world.establish();
        world.proxies.set_produced("M0a", true);
        world.work();
        world.proxies.attached("M0a", Direction::out, kStart);
        world.proxies.told("M0a", true);
        world.port.take();
        world.proxies.lost();
        CHECK(world.port.take().empty());
        world.establish();
        CHECK(world.port.take() == Said{"attach out M0a", "lead out M0a"});
        world.proxies.attached("M0a", Direction::out, kStart + milliseconds{10});
        const Instant end = kStart + milliseconds{10} + Proxies::kAssumed;
        CHECK(world.proxies.next_due() == end);
        SUBCASE("and is confirmed") {
            world.proxies.told("M0a", true);
            world.work(end);
            CHECK(world.port.take().empty());
            CHECK(world.proxies.find("M0a")->upstream);
        }
        SUBCASE("and is denied") {
            world.proxies.told("M0a", false);
            CHECK(world.port.take() == Said{"hold out M0a"});
            world.work(end);
            CHECK(world.port.take().empty());
        }
        SUBCASE("and is not said again") {
            world.work(end - milliseconds{1});
            CHECK(world.port.take().empty());
            world.work(end);
            CHECK(world.port.take() == Said{"hold out M0a"});
            CHECK(world.proxies.next_due() == kNever);
        }
        SUBCASE("and the client is gone") {
            world.proxies.set_produced("M0a", false);
            world.port.take();
            world.work(end);
            CHECK(world.port.take().empty());
        }
    }

    TEST_CASE("what is refused is tried again, later each time") {
        World world;
        world.establish();
        world.proxies.set_received("M0a", true);
        world.work();
        world.port.take();
        CHECK(world.proxies.failed("M0a", Direction::in, kStart) == Proxies::kRetryMin);
        CHECK(world.proxies.failed("M0a", Direction::in, kStart) == Duration{});  // it was heard
        CHECK(world.proxies.next_due() == kStart + Proxies::kRetryMin);
        world.work();
        CHECK(world.port.take().empty());
        Instant now = kStart + Proxies::kRetryMin;
        world.work(now);
        CHECK(world.port.take() == Said{"attach in M0a"});
        CHECK(world.proxies.failed("M0a", Direction::in, now) == 2 * Proxies::kRetryMin);
        for (int i = 0; i < 10; ++i) {
            now += Proxies::kRetryMax;
            world.work(now);
            CHECK(world.proxies.failed("M0a", Direction::in, now) <= Proxies::kRetryMax);
        }
        now += Proxies::kRetryMax;
        world.work(now);
        world.proxies.attached("M0a", Direction::in, now);
        CHECK(world.proxies.failed("M0a", Direction::in, now) == Proxies::kRetryMin);
        world.port.take();
        world.proxies.set_received("M0a", false);
        CHECK(world.port.take().empty());
        CHECK(world.proxies.next_due() == kNever);
    }

    TEST_CASE("an uplink that takes no link now is asked again") {
        World world;
        world.establish();
        world.port.full = true;
        world.proxies.set_produced("M0a", true);
        world.work();
        world.port.full = false;
        world.work();
        CHECK(world.port.take().empty());
        world.work(kStart + Proxies::kRetryMin);
        CHECK(world.port.take() == Said{"attach out M0a"});
    }

    TEST_CASE("of two that failed together the one is tried again though the other is over") {
        World world;
        world.establish();
        world.port.full = true;
        world.proxies.set_received("M0a", true);
        world.proxies.set_produced("M0a", true);
        world.work();
        world.proxies.set_produced("M0a", false);
        world.port.full = false;
        CHECK(world.proxies.next_due() == kStart + Proxies::kRetryMin);
        world.work(kStart + Proxies::kRetryMin);
        CHECK(world.port.take() == Said{"attach in M0a"});
    }

    TEST_CASE("a sender that fails leads nowhere") {
        World world;
        world.establish();
        world.proxies.set_produced("M0a", true);
        world.work();
        world.proxies.attached("M0a", Direction::out, kStart);
        world.proxies.told("M0a", true);
        (void)world.proxies.failed("M0a", Direction::out, kStart);
        CHECK_FALSE(world.proxies.find("M0a")->upstream);
        world.port.take();
        world.work(kStart + Proxies::kRetryMin);
        CHECK(world.port.take() == Said{"attach out M0a"});
    }
}

}  // namespace weft::uplink
