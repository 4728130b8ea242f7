#include "tools/weft/address/entry.hpp"
#include "tools/weft/address/options.hpp"
#include "tools/weft/address/report.hpp"
#include "tools/weft/address/request.hpp"
#include "tools/weft/failure.hpp"

#include <doctest/doctest.h>

#include <sstream>
#include <string>
#include <vector>

namespace weft::tools {
namespace {

AddressArguments read(const std::vector<std::string>& words) {
    CommandLine line = address_line();
    REQUIRE(line.parse(words));
    return address_arguments(line);
}

Json created(const std::vector<std::string>& words) {
    return create_request(read(words)).body;
}

std::vector<Entity> entities(const char* json) {
    return Json::parse(json).get<std::vector<Entity>>();
}

std::string printed(const Report& report) {
    std::ostringstream out;
    print(report, /*csv=*/false, out);
    return out.str();
}

/// As a Weft router shows them: null for what an entry does not have.
const std::vector<Entity> kEntries = entities(R"([
    {"identity": "1", "prefix": "news", "pattern": null, "address": null, "scope": "node",
     "distribution": "multicast", "slowConsumer": "drop", "priority": -1, "source": "file"},
    {"identity": "mesh/pattern news", "prefix": null, "pattern": "news", "address": null,
     "scope": "mesh", "distribution": "balanced", "slowConsumer": "block", "priority": 7,
     "origin": "a", "version": 3, "source": "management"},
    {"identity": "4", "address": "jobs", "scope": "node", "distribution": "closest",
     "slowConsumer": "block", "priority": -1, "source": "file"},
    {"identity": "mesh/address jobs", "address": "jobs", "scope": "mesh",
     "distribution": "balanced", "slowConsumer": "block", "priority": -1, "origin": "b",
     "version": 12, "source": "management", "conflict": "not used here: see the file"}])");

std::string found(const EntryChoice& choice) {
    return text_of(find_entry(kEntries, choice), "identity");
}

}  // namespace

TEST_SUITE("address command line") {
    TEST_CASE("without a verb the entries are listed") {
        CHECK(read({}).verb == "list");
        CHECK(read({"--scope", "mesh", "--json"}).scope == "mesh");
        CHECK(read({"delete", "a", "b"}).addresses == std::vector<std::string>{"a", "b"});
    }

    TEST_CASE("what would have no effect is refused") {
        const auto refused = [](const std::vector<std::string>& words, const char* why) {
            CHECK_THROWS_WITH_AS(read(words), why, Failure);
        };
        refused({"list", "--priority", "3"}, "--priority is for create and update, not for list");
        refused({"update", "a", "--name", "n"}, "--name is for create, not for update");
        refused({"delete", "a", "--json"}, "--json is for list, create and update, not for delete");
        refused({"create", "a", "b"}, "create takes one address at a time, not also 'b'");
        refused({"delete"}, "which address? Write 'weft address delete ADDRESS'");
        refused({"list", "a"}, "list takes no address; 'weft stat -a' shows addresses in use");
        refused({"orders"},
                "'orders' is none of list, create, update and delete; see 'weft address --help'");
        refused({"create", "a", "--kind", "regex"},
                "--kind takes address, prefix or pattern, not 'regex'");
        refused({"list", "--scope", "all"}, "--scope takes mesh or node, not 'all'");
        refused({"create", "a", "--name", ""}, "--name is empty: give a value or leave it out");
    }
}

TEST_SUITE("address requests") {
    TEST_CASE("CREATE says only what was given") {
        CHECK(created({"create", "jobs/#"}) == Json{{"address", "jobs/#"}});
        const Request request = create_request(
            read({"create", "5", "--kind", "prefix", "--distribution", "multicast", "--priority",
                  "0", "--slow-consumer", "drop", "--scope", "mesh", "--name", "five"}));
        CHECK(request.operation == "CREATE");
        CHECK(request.properties ==
              Json{{"type", "org.apache.qpid.dispatch.router.config.address"}, {"name", "five"}});
        CHECK(request.body == Json{{"distribution", "multicast"},
                                   {"slowConsumer", "drop"},
                                   {"priority", 0},
                                   {"prefix", "5"},
                                   {"scope", "mesh"}});
        CHECK_FALSE(created({"create", "a", "--scope", "node"}).contains("scope"));
    }

    TEST_CASE("an address's type is said by its distribution") {
        CHECK(created({"create", "a", "--type", "multicast"})["distribution"] == "multicast");
        CHECK_FALSE(created({"create", "a", "--type", "anycast"}).contains("distribution"));
        CHECK(created({"create", "a", "--type", "anycast", "--distribution",
                       "closest"})["distribution"] == "closest");
        for (const auto& [type, distribution] :
             {std::pair{"anycast", "multicast"}, std::pair{"multicast", "unavailable"}}) {
            CHECK_THROWS_AS(
                created({"create", "a", "--type", type, "--distribution", distribution}), Failure);
        }
    }

    TEST_CASE("a queue names its brokers") {
        CHECK(created({"create", "a", "--type", "queue", "--brokers", "b1,b2"}) ==
              Json{{"brokers", {"b1", "b2"}}, {"addressType", "queue"}, {"address", "a"}});
        CHECK(update_request(read({"update", "news", "--brokers", "b3"}), kEntries[1]).body ==
              Json{{"brokers", {"b3"}}});
        const Entity entry = Json::parse(R"({"address": "a", "addressType": "queue",
            "distribution": "balanced", "brokers": ["b1", "b2"],
            "attachedAt": {"b1": ["r1", "r2"], "b2": []}})");
        CHECK(brokers_of(entry) == "b1 (at r1, r2), b2 (not connected)");
        CHECK(described(entry) ==
              "address a (queue, balanced, kept by b1 (at r1, r2), b2 (not connected))");
    }

    TEST_CASE("UPDATE and DELETE name the entry by its identity") {
        const Json properties{{"type", "org.apache.qpid.dispatch.router.config.address"},
                              {"identity", "mesh/pattern news"}};
        const Request update =
            update_request(read({"update", "news", "--priority", "2"}), kEntries[1]);
        CHECK(update.operation == "UPDATE");
        CHECK(update.properties == properties);
        CHECK(update.body == Json{{"priority", 2}});
        CHECK_THROWS_WITH_AS(
            update_request(read({"update", "news"}), kEntries[1]),
            "what shall change? Give --distribution, --priority, --slow-consumer or --brokers",
            Failure);
        CHECK(delete_request(kEntries[1]).properties == properties);
    }
}

TEST_SUITE("address entries") {
    TEST_CASE("an entry is found by its rule, and by kind and scope where there are several") {
        CHECK(found({.rule = "news", .kind = "prefix"}) == "1");
        CHECK(found({.rule = "news", .scope = "mesh"}) == "mesh/pattern news");
        CHECK(found({.rule = "jobs", .kind = "address", .scope = "node"}) == "4");
        CHECK_THROWS_WITH_AS(
            found({.rule = "news"}),
            "'news' is there as prefix of scope node, pattern of scope mesh; say which with --kind",
            Failure);
        CHECK_THROWS_WITH_AS(found({.rule = "jobs"}),
                             "'jobs' is there as address of scope node, address of scope mesh; say "
                             "which with --scope",
                             Failure);
    }

    TEST_CASE("what is not there is answered with what comes near") {
        CHECK_THROWS_WITH_AS(found({.rule = "nwes"}),
                             "the router has no entry 'nwes'; did you mean 'news'?", Failure);
        CHECK_THROWS_WITH_AS(found({.rule = "something/else"}),
                             "the router has no entry 'something/else'; 'weft address' lists all",
                             Failure);
        CHECK_THROWS_WITH_AS(found({.rule = "jobs", .kind = "pattern"}),
                             "the router has no entry 'jobs' of that kind and scope; it has it as "
                             "address of scope node, address of scope mesh",
                             Failure);
    }
}

TEST_SUITE("address report") {
    TEST_CASE("entries stand by their rules, with their conflicts below") {
        CHECK(printed(address_report(kEntries, "")) ==
              "Configured Addresses\n"
              "  address  kind     distribution  prio  slow consumer  scope  origin  version  "
              "source\n"
              "  =================================================================================="
              "=======\n"
              "  jobs     address  closest       -     block          node                    "
              "file\n"
              "  jobs     address  balanced      -     block          mesh   b       12       "
              "management\n"
              "  news     prefix   multicast     -     drop           node                    "
              "file\n"
              "  news     pattern  balanced      7     block          mesh   a       3        "
              "management\n"
              "\n"
              "Conflicts\n"
              "  address jobs: not used here: see the file\n");
    }

    TEST_CASE("columns that say nothing are left out, as of a router without scopes") {
        const auto original = entities(R"([{"identity": "1", "address": "a",
            "distribution": "balanced", "priority": null}])");
        CHECK(printed(address_report(original, "")) ==
              "Configured Addresses\n"
              "  address  distribution  prio  scope\n"
              "  ====================================\n"
              "  a        balanced      -     node\n");
    }

    TEST_CASE("a scope is chosen") {
        CHECK(address_report(kEntries, "mesh").entities.size() == 2);
        CHECK(printed(address_report({}, "mesh")) ==
              "Configured Addresses\nNo configured addresses found of scope mesh\n");
        CHECK(printed(address_report({}, "")) ==
              "Configured Addresses\nNo configured addresses found\n");
    }

    TEST_CASE("an entry is described in words") {
        CHECK(described(kEntries[0]) == "prefix news (multicast, slow consumers lose messages)");
        CHECK(described(kEntries[1]) == "pattern news (balanced, priority 7)");
        CHECK(described(entities(R"([{"address": "x", "distribution": null}])")[0]) ==
              "address x (not understood)");
        CHECK(known_where(kEntries[0], "r1") == "on router r1 alone");
        CHECK(known_where(kEntries[1], "r1") == "on every Weft router of the mesh");
        CHECK(conflict_line(kEntries[2]).empty());
    }
}

}  // namespace weft::tools
