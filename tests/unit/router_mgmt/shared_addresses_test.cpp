#include "router/node/shared_addresses.hpp"

#include "tests/unit/node/temporary_folder.hpp"
#include "tests/unit/router_mgmt/mesh_row.hpp"

#include <sys/resource.h>

#include <csignal>
#include <optional>

using namespace weft;
using namespace weft::router;
using namespace weft::node;
using namespace weft::node::test;
using namespace weft::router_mgmt;
using namespace weft::router_mgmt::test;

namespace {

constexpr const char* kType = "router.config.address";

/// Two routers on one loop that keep what the mesh knows, and can be started anew.
struct Pair {
    Pair() {
        REQUIRE(io::log().set(io::Module::default_, {.levels = *io::parse_levels("error+")}));
        start_a();
        start_b();
    }

    void start_a(const std::string& addresses = "[]") {
        a = std::make_unique<Managed>(parsed(node("A", "", addresses)), loop);
    }
    void start_b(const std::string& addresses = "[]") {
        b = std::make_unique<Managed>(parsed(node("B", connector_to(a->router, 1), addresses)),
                                      loop);
    }
    std::string node(const std::string& id, const std::string& more, const std::string& addresses) {
        return R"({"router": {"id": ")" + id + R"(", "mode": "interior", "stateDir": ")" +
               folder.path() + "/" + id + R"("}, "listeners": [
                   {"name": "mesh", "port": 0, "role": "inter-router"}])" +
               more + R"(, "addresses": )" + addresses + "}";
    }
    void wait_for(const std::function<bool()>& condition) { io::run_until(loop, condition); }

    static mgmt::Reply ask(Managed& at,
                           const char* operation,
                           std::string identity,
                           wire::Map body = {}) {
        wire::Map properties{{"operation", operation}, {"type", kType}};
        if (!identity.empty()) {
            properties.emplace_back("identity", std::move(identity));
        }
        return at.ask(std::move(properties), std::move(body));
    }
    static mgmt::Reply create(Managed& at, std::string address, std::string distribution) {
        return ask(at, "CREATE", {},
                   {{"address", std::move(address)},
                    {"distribution", std::move(distribution)},
                    {"scope", "mesh"}});
    }
    /// How `router` treats the address; nothing if no rule says so.
    static std::optional<Distribution> treats(Managed& at, std::string_view address) {
        const AddressRule* rule = at.router.shards().home().core().rules().find(address);
        return rule == nullptr ? std::nullopt : std::optional{rule->treatment.distribution};
    }
    static std::string conflict(Managed& at, std::string_view key) {
        const auto entry = at.router.shared_addresses()->entries().find(key);
        return entry == at.router.shared_addresses()->entries().end() ? "" : entry->second.conflict;
    }

    TemporaryFolder folder;
    io::Loop loop;
    std::unique_ptr<Managed> a;
    std::unique_ptr<Managed> b;
};

/// No file may grow while it lives.
class FullDisk {
public:
    FullDisk() : signal_{std::signal(SIGXFSZ, SIG_IGN)} {
        ::getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit none{20, before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &none);
    }
    FullDisk(const FullDisk&) = delete;
    FullDisk& operator=(const FullDisk&) = delete;
    ~FullDisk() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, signal_);
    }

private:
    rlimit before_{};
    void (*signal_)(int);
};

constexpr auto kMulticast = Distribution::multicast;
constexpr auto kClosest = Distribution::closest;

}  // namespace

TEST_SUITE_BEGIN("shared_addresses");

TEST_CASE("an entry made on one router holds on the other, is changed there, and deleted") {
    Pair pair;
    const mgmt::Reply made = Pair::create(*pair.a, "news", "multicast");
    REQUIRE_MESSAGE(made.status == mgmt::Status::created, made.description);
    CHECK(at(made.body, "origin") == wire::Value{"A"});
    CHECK(at(made.body, "scope") == wire::Value{"mesh"});
    CHECK(Pair::treats(*pair.a, "news") == kMulticast);
    pair.wait_for([&] { return Pair::treats(*pair.b, "news") == kMulticast; });

    const mgmt::Reply again = Pair::create(*pair.b, "news", "closest");
    CHECK(again.status == mgmt::Status::bad_request);
    CHECK(again.description.find("(A, version 1)") != std::string::npos);

    const mgmt::Reply changed = Pair::ask(*pair.b, "UPDATE", "mesh/address news",
                                          {{"distribution", "closest"}, {"priority", 7}});
    REQUIRE_MESSAGE(changed.status == mgmt::Status::ok, changed.description);
    CHECK(number(at(changed.body, "version")) == 2);
    pair.wait_for([&] { return Pair::treats(*pair.a, "news") == kClosest; });
    CHECK(pair.a->router.shards().home().core().rules().find("news")->treatment.priority == 7);

    CHECK(Pair::ask(*pair.a, "DELETE", "mesh/address news").status == mgmt::Status::no_content);
    CHECK_FALSE(Pair::treats(*pair.a, "news"));
    pair.wait_for([&] { return !Pair::treats(*pair.b, "news"); });
}

TEST_CASE("a router knows after its restart what it was told, and learns what it missed") {
    Pair pair;
    REQUIRE(Pair::create(*pair.a, "kept", "multicast").status == mgmt::Status::created);
    pair.wait_for([&] { return Pair::treats(*pair.b, "kept").has_value(); });
    pair.b.reset();
    REQUIRE(Pair::create(*pair.a, "missed", "multicast").status == mgmt::Status::created);
    pair.start_b();
    CHECK(Pair::treats(*pair.b, "kept") == kMulticast);
    pair.wait_for([&] { return Pair::treats(*pair.b, "missed") == kMulticast; });
}

TEST_CASE("what a file tells the mesh is taken back when the file does not say it any more") {
    Pair pair;
    pair.b.reset();
    pair.start_b(R"([{"address": "filed", "distribution": "multicast", "scope": "mesh"}])");
    pair.wait_for([&] { return Pair::treats(*pair.a, "filed") == kMulticast; });
    CHECK(Pair::ask(*pair.b, "DELETE", "1").status == mgmt::Status::forbidden);

    pair.b.reset();
    pair.start_b(R"([{"address": "filed", "distribution": "closest", "scope": "mesh"}])");
    pair.wait_for([&] { return Pair::treats(*pair.a, "filed") == kClosest; });

    pair.b.reset();
    pair.start_b();
    pair.wait_for([&] { return !Pair::treats(*pair.a, "filed"); });
}

TEST_CASE("a router's own file wins on it, and the difference is shown") {
    Pair pair;
    pair.b.reset();
    pair.start_b(R"([{"address": "orders", "distribution": "closest"},
                     {"address": "news", "distribution": "closest", "scope": "mesh"}])");
    pair.wait_for([&] { return Pair::treats(*pair.a, "news") == kClosest; });
    REQUIRE(Pair::create(*pair.a, "orders", "multicast").status == mgmt::Status::created);
    REQUIRE(
        Pair::ask(*pair.a, "UPDATE", "mesh/address news", {{"distribution", "multicast"}}).status ==
        mgmt::Status::ok);
    pair.wait_for([&] { return !Pair::conflict(*pair.b, "address orders").empty(); });
    CHECK(Pair::conflict(*pair.b, "address orders") ==
          "not used here: 'address orders' of this router's own configuration is as specific, or "
          "has the same name");
    CHECK(Pair::treats(*pair.b, "orders") == kClosest);
    pair.wait_for([&] { return !Pair::conflict(*pair.b, "address news").empty(); });
    CHECK(Pair::conflict(*pair.b, "address news").starts_with("the mesh has {"));
    CHECK(Pair::treats(*pair.b, "news") == kClosest);
}

TEST_CASE("of two entries that exclude each other the newer one holds on all routers") {
    Pair pair;
    const auto rules = [](Managed& at) { return at.router.shared_addresses()->entries().size(); };
    pair.wait_for(
        [&] { return !pair.a->router.shared_addresses()->settings().partners().empty(); });
    // Both at once: neither knows of the other's.
    REQUIRE(Pair::create(*pair.a, "a/+", "multicast").status == mgmt::Status::created);
    REQUIRE(Pair::ask(*pair.b, "CREATE", {},
                      {{"pattern", "a/*"}, {"distribution", "closest"}, {"scope", "mesh"}})
                .status == mgmt::Status::created);
    pair.wait_for([&] { return rules(*pair.a) == 2 && rules(*pair.b) == 2; });
    pair.wait_for([&] { return Pair::treats(*pair.a, "a/1") == Pair::treats(*pair.b, "a/1"); });
    CHECK(Pair::treats(*pair.a, "a/1") == kClosest);  // same version; B is the greater id
    CHECK(Pair::conflict(*pair.a, "address a/+").find("(B, version 1)") != std::string::npos);

    // The one in the way goes: the other holds again.
    CHECK(Pair::ask(*pair.a, "DELETE", "mesh/pattern a/*").status == mgmt::Status::no_content);
    CHECK(Pair::treats(*pair.a, "a/1") == kMulticast);
    pair.wait_for([&] { return Pair::treats(*pair.b, "a/1") == kMulticast; });
}

TEST_CASE("beside a link route that is as specific an entry of the mesh waits until that is gone") {
    Pair pair;
    const mgmt::Reply made = pair.b->create(
        "router.config.linkRoute",
        {{"name", "q"}, {"prefix", "orders"}, {"direction", "in"}, {"containerId", "broker"}});
    REQUIRE_MESSAGE(made.status == mgmt::Status::created, made.description);
    const mgmt::Reply refused = Pair::create(*pair.b, "orders/#", "multicast");
    CHECK(refused.status == mgmt::Status::bad_request);
    CHECK(refused.description ==
          "\"orders/#\" is as specific as the link route \"orders\", which takes the links: keep "
          "one of them");

    REQUIRE(Pair::create(*pair.a, "orders/#", "multicast").status == mgmt::Status::created);
    pair.wait_for([&] { return !Pair::conflict(*pair.b, "address orders/#").empty(); });
    CHECK(Pair::conflict(*pair.b, "address orders/#") ==
          "not used here: the link route 'orders' of this router is as specific, and takes the "
          "links");
    CHECK_FALSE(Pair::treats(*pair.b, "orders/1"));
    CHECK(pair.b->remove("router.config.linkRoute", "q").status == mgmt::Status::no_content);
    CHECK(Pair::treats(*pair.b, "orders/1") == kMulticast);
    CHECK(Pair::conflict(*pair.b, "address orders/#").empty());
}

TEST_CASE("what can't be kept is not made, and the disk is tried again by itself") {
    Pair pair;
    REQUIRE(Pair::create(*pair.a, "kept", "multicast").status == mgmt::Status::created);
    pair.wait_for([&] { return Pair::treats(*pair.b, "kept").has_value(); });
    SharedAddresses& b = *pair.b->router.shared_addresses();
    {
        const FullDisk full;
        const mgmt::Reply refused = Pair::create(*pair.b, "refused", "multicast");
        CHECK(refused.status == mgmt::Status::internal_error);
        CHECK(refused.description.find("nothing was changed: can't write " + pair.folder.path() +
                                       "/B/addresses.jsonl (File too large)") != std::string::npos);
        CHECK_FALSE(Pair::treats(*pair.b, "refused"));
        CHECK(Pair::ask(*pair.b, "DELETE", "mesh/address kept").status ==
              mgmt::Status::internal_error);
        CHECK(Pair::treats(*pair.b, "kept") == kMulticast);
        CHECK(b.failure().find("File too large") != std::string::npos);
        CHECK(b.write_failures() >= 2);
    }
    pair.wait_for([&] { return b.failure().empty(); });  // kRetryMin later
    REQUIRE(Pair::create(*pair.b, "made", "closest").status == mgmt::Status::created);
    pair.wait_for([&] { return Pair::treats(*pair.a, "made") == kClosest; });
    CHECK_FALSE(Pair::treats(*pair.a, "refused"));
    pair.b.reset();
    pair.a.reset();
    pair.start_a();
    pair.start_b();
    CHECK(Pair::treats(*pair.b, "made") == kClosest);
    CHECK(Pair::treats(*pair.b, "kept") == kMulticast);
    CHECK_FALSE(Pair::treats(*pair.b, "refused"));
}

TEST_CASE("what another router tells holds while the disk is full, and is kept when it is not") {
    Pair pair;
    pair.wait_for(
        [&] { return !pair.a->router.shared_addresses()->settings().partners().empty(); });
    REQUIRE(Pair::create(*pair.a, "told", "multicast").status == mgmt::Status::created);
    SharedAddresses& b = *pair.b->router.shared_addresses();
    {
        const FullDisk full;
        pair.wait_for([&] { return Pair::treats(*pair.b, "told").has_value(); });
        pair.wait_for([&] { return !b.failure().empty(); });
    }
    pair.wait_for([&] { return b.failure().empty(); });
    pair.a.reset();
    pair.b.reset();
    pair.start_a();
    pair.start_b();
    CHECK(Pair::treats(*pair.b, "told") == kMulticast);
}

TEST_CASE("a router starts on a full disk with what it kept") {
    Pair pair;
    REQUIRE(Pair::create(*pair.a, "kept", "multicast").status == mgmt::Status::created);
    pair.b.reset();
    pair.a.reset();
    {
        const FullDisk full;
        pair.start_a();
        CHECK_FALSE(pair.a->router.shared_addresses()->failure().empty());
        CHECK(Pair::treats(*pair.a, "kept") == kMulticast);
    }
    pair.wait_for([&] { return pair.a->router.shared_addresses()->failure().empty(); });
}

TEST_CASE("a router without a stateDir makes nothing for the mesh") {
    World world{mesh_node("A", "")};
    const mgmt::Reply made = world.create(kType, {{"address", "a"}, {"scope", "mesh"}});
    CHECK(made.status == mgmt::Status::bad_request);
    CHECK(made.description.find("\"stateDir\"") != std::string::npos);
    World alone;
    const mgmt::Reply refused = alone.create(kType, {{"address", "a"}, {"scope", "mesh"}});
    CHECK(refused.status == mgmt::Status::bad_request);
    CHECK(refused.description.find("\"mode\": \"interior\"") != std::string::npos);
}

TEST_SUITE_END();
