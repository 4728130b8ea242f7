#include "tools/weft/why/verdict.hpp"

#include "tools/weft/why/print.hpp"
#include "tools/weft/why/trace.hpp"

#include <doctest/doctest.h>

#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace weft::tools {
namespace {

/// A router's answer: `changes` over one where nobody does anything.
Hop hop(const std::string& router, const char* changes) {
    Hop result{.router = router, .answer = Json::parse(R"({
                   "address": "orders", "key": "M0orders", "rule": null, "pattern": null,
                   "distribution": "balanced", "stopping": false, "waiting": 0,
                   "consumers": [], "consumersByStanding": {}, "routes": [], "unreachable": [],
                   "producers": [], "producerCount": 0, "producersAtCapacity": 0,
                   "decision": {"kind": "nobody"}})")};
    result.answer.update(Json::parse(changes));
    return result;
}

Hop to_consumer(const std::string& router) {
    return hop(router, R"({"consumersByStanding": {"eligible": 1},
        "consumers": [{"link": 12, "connection": 3, "container": "billing", "credit": 5,
                       "outstanding": 2, "standing": "eligible"}],
        "decision": {"kind": "consumer", "link": 12, "connection": 3}})");
}

Hop to_router(const std::string& router, const std::string& next) {
    Hop result = hop(router, R"({"decision": {"kind": "route"}})");
    result.answer["decision"]["router"] = next;
    result.answer["routes"] = {{{"router", next}, {"allowed", true}, {"cost", 1}}};
    return result;
}

Hop waiting(const char* standing) {
    Hop result = hop("b", R"({"decision": {"kind": "wait"}, "waiting": 4})");
    result.answer["consumersByStanding"] = {{standing, 2}};
    return result;
}

bool mentions(const std::string& text, const char* part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_SUITE("why") {
    TEST_CASE("links that are passed on to a broker are refused while no router has it") {
        const Hop lacks = hop("a", R"({"pattern": "prices/#", "storage": {"type": "topic",
            "passesLinks": true, "brokers": [{"broker": "b1", "routers": [], "links": []}]}})");
        for (const Verdict& verdict :
             {judge_sender("prices/x", {lacks}), judge_receiver("prices/x", lacks, {}, {})}) {
            CHECK_FALSE(verdict.flows);
            CHECK(verdict.text ==
                  "Links to prices/x are passed on to the broker b1 by the rule 'prices/#', and "
                  "refused with qd:no-route-to-dest: it is connected to no router");
        }
        std::ostringstream out;
        print_hop(lacks, /*first=*/true, out);
        CHECK(mentions(out.str(), "as a topic by a broker, to which all links are passed on:"));
    }

    TEST_CASE("a message is followed from router to router, with the first as its origin") {
        const std::map<std::string, Hop> mesh{{"b", to_router("b", "c")}, {"c", to_consumer("c")}};
        std::vector<std::string> origins;
        const auto hops = trace(
            to_router("a", "b"),
            [&](const std::string& router, const std::string& origin) {
                origins.push_back(origin);
                return mesh.at(router);
            },
            3);
        REQUIRE(hops.size() == 3);
        CHECK(hops.back().router == "c");
        CHECK(origins == std::vector<std::string>{"a", "a"});
        const Verdict verdict = judge_sender("orders", hops);
        CHECK(verdict.flows);
        CHECK(mentions(verdict.text, "link 12, connection 3 (billing) at router c"));
    }

    TEST_CASE("a way that comes back ends") {
        const auto explain = [](const std::string& router, const std::string&) {
            return to_router(router, router == "b" ? "a" : "b");
        };
        const auto hops = trace(to_router("a", "b"), explain, 5);
        CHECK(hops.size() == 2);
        CHECK_FALSE(judge_sender("orders", hops).flows);
    }

    TEST_CASE("a multicast is followed over all ways that are allowed, to each router once") {
        const char* const both =
            R"({"decision": {"kind": "everyone"}, "distribution": "multicast",
                "consumersByStanding": {"eligible": 1},
                "routes": [{"router": "b", "allowed": true}, {"router": "c", "allowed": true},
                           {"router": "d", "allowed": false}]})";
        const auto explain = [&](const std::string& router, const std::string&) {
            return hop(router, both);
        };
        const auto hops = trace(hop("a", both), explain, 9);
        REQUIRE(hops.size() == 3);
        const Verdict verdict = judge_sender("news", hops);
        CHECK(verdict.flows);
        CHECK(mentions(verdict.text, "3 receivers at 3 routers"));
    }

    TEST_CASE("one slow receiver of a multicast is named") {
        const Hop slow = hop("b", R"({"decision": {"kind": "everyone"},
            "consumersByStanding": {"eligible": 3, "no-credit": 1}})");
        const Verdict verdict = judge_sender("news", {slow});
        CHECK_FALSE(verdict.flows);
        CHECK(mentions(verdict.text, "4 receivers at 1 router, but 1 can take none"));
    }

    TEST_CASE("each reason has its verdict and remedy") {
        const auto verdict = [](const Hop& at) {
            const Verdict result = judge_sender("orders", {at});
            CHECK_FALSE(result.flows);
            CHECK_FALSE(result.remedy.empty());
            return result.text;
        };
        CHECK(mentions(verdict(hop("a", "{}")), "Nobody receives from orders"));
        CHECK(mentions(verdict(waiting("no-credit")), "all 2 receivers of orders give no credit"));
        Hop one = waiting("no-credit");
        one.answer["consumersByStanding"] = {{"no-credit", 1}};
        one.answer["consumers"] = {
            {{"link", 7}, {"container", "billing"}, {"standing", "no-credit"}}};
        CHECK(verdict(one) ==
              "Messages wait at router b: the only receiver of orders (billing, link 7) gives no "
              "credit");
        CHECK(mentions(verdict(waiting("stalled")), "stalled"));
        CHECK(mentions(verdict(waiting("connection-full")), "read too slowly"));
        CHECK(mentions(verdict(hop("a", R"({"decision": {"kind": "unavailable"},
                                            "pattern": "orders/#"})")),
                       "unavailable at router a by the rule 'orders/#'"));
        CHECK(mentions(verdict(hop("a", R"({"unreachable": ["c", "d"]})")),
                       "at c, d, to which router a has no path"));
        CHECK(mentions(verdict(hop("a", R"({"lostRouters": ["c"]})")),
                       "lost the way to c, and receivers may be there"));
        CHECK(mentions(verdict(hop("a", R"({"key": "Rz"})")), "Router z can't be reached"));
        CHECK(mentions(verdict(hop("a", R"({"decision": {"kind": "no-path"}})")), "no way"));
        CHECK(mentions(verdict(hop("a", R"({"stopping": true})")), "stopping"));
    }

    TEST_CASE("messages in line move while receivers take them") {
        const Verdict verdict = judge_sender("orders", {waiting("eligible")});
        CHECK(verdict.flows);
        CHECK(mentions(verdict.text, "4 messages wait in line"));
    }

    TEST_CASE("a stalled receiver of a multicast holds back nobody, a slow one may") {
        Hop at = hop("b", R"({"decision": {"kind": "everyone"}, "producerCount": 1,
            "producersAtCapacity": 1, "consumersByStanding": {"eligible": 3, "no-credit": 1}})");
        CHECK(mentions(judge_sender("news", {at}).text, "4 receivers at 1 router, but 1 can take"));
        at.answer["producersAtCapacity"] = 0;
        at.answer["consumersByStanding"] = {{"eligible", 3}, {"stalled", 1}};
        const Hop transit = hop("a", R"({"decision": {"kind": "everyone"}})");
        const Verdict verdict = judge_sender("news", {transit, at});
        CHECK(verdict.flows);
        CHECK(mentions(verdict.text, "4 receivers at 1 router, but 1 is stalled"));
        CHECK(mentions(verdict.remedy, "-r b"));
        at.answer["consumersByStanding"] = {{"stalled", 2}};
        CHECK_FALSE(judge_sender("news", {at}).flows);
    }

    TEST_CASE("routed links are the container's affair, or refused if there is none") {
        const char* routed = R"({"linkRoutes": [
            {"direction": "in", "key": "Corders", "containers": 1, "routers": []},
            {"direction": "out", "key": "Dorders", "containers": 0, "routers": ["b", "c"]}]})";
        const Verdict sender = judge_sender("orders", {hop("a", routed)});
        CHECK(sender.flows);
        CHECK(mentions(sender.text, "at router a are passed on by the link route Corders"));
        const Verdict receiver = judge_receiver("orders", hop("a", routed), {}, {});
        CHECK(receiver.flows);
        CHECK(mentions(receiver.text, "to b, c, where a container is"));
        const Verdict none = judge_sender("orders", {hop("a", R"({"linkRoutes": [
            {"direction": "in", "key": "Corders", "containers": 0, "routers": []}]})")});
        CHECK_FALSE(none.flows);
        CHECK(mentions(none.text, "refused with qd:no-route-to-dest"));
        std::ostringstream out;
        print_hop(hop("a", routed), true, out);
        CHECK(mentions(out.str(), "link route  out (key Dorders): containers 0 here, at b, at c"));
    }

    TEST_CASE("a link route that goes past the brokers of an address is told") {
        const auto at = [](const char* key, bool passes) {
            Hop result = hop("a", R"({"pattern": "orders", "linkRoutes": [
                {"direction": "in", "containers": 0, "routers": ["b"]}], "storage": {
                "type": "queue", "brokers": [{"broker": "b1", "routers": ["c"], "links": []}]}})");
            result.answer["linkRoutes"][0]["key"] = key;
            result.answer["storage"]["passesLinks"] = passes;
            return result;
        };
        CHECK(judge_sender("orders", {at("Corders", false)}).text ==
              "Senders' links to orders at router a are passed on by the link route Corders, past "
              "b1, which the rule 'orders' says keeps the messages");
        std::ostringstream out;
        print_hop(at("Corders", false), true, out);
        CHECK(mentions(out.str(), "at b; past the brokers that keep the address"));
        for (const Hop& meant : {at("C$broker/b1", false), at("Corders", true)}) {
            CHECK_FALSE(mentions(judge_sender("orders", {meant}).text, "past"));
        }
    }

    TEST_CASE("an exchange sends on by the subject, or says why not") {
        const auto at = [](const char* exchange) {
            Hop result = to_consumer("a");
            result.answer["exchange"] = Json::parse(exchange);
            result.answer["exchange"]["link"] = 12;
            result.answer["exchange"]["name"] = "e";
            return result;
        };
        const Hop goes = at(R"({"subject": "k", "fate": "forwarded", "matching": 2, "bindings": 3,
            "matchMethod": "amqp", "alternate": null, "nextHops": [
            {"address": "n", "phase": 0, "reachable": true, "keys": ["k", "#"]},
            {"address": "m", "phase": 1, "reachable": false, "keys": ["k"]}]})");
        const Verdict forwarded = judge_sender("x", {goes});
        CHECK(forwarded.flows);
        CHECK(mentions(forwarded.text,
                       "with the subject k goes to the exchange e at router a, and "
                       "on to n; nobody receives from m"));
        std::ostringstream out;
        print_hop(goes, true, out);
        CHECK(mentions(out.str(), "e (amqp): 3 bindings, 2 match k"));
        CHECK(mentions(out.str(), "to n (phase 0): by k #"));
        CHECK(mentions(out.str(), "to m (phase 1): by k; nobody receives there"));
        CHECK(mentions(out.str(), "L12 exchange e"));

        const Verdict dropped = judge_sender(
            "x", {at(R"({"subject": "k", "fate": "dropped", "matching": 0, "alternate": null})")});
        CHECK_FALSE(dropped.flows);
        CHECK(mentions(dropped.text, "no binding matches, and it has no alternateAddress"));
        const Verdict diverted = judge_sender(
            "x", {at(R"({"subject": "k", "fate": "diverted", "matching": 1, "nextHops": [
                {"address": "m", "reachable": false}], "alternate": {"address": "y"}})")});
        CHECK(diverted.flows);
        CHECK(mentions(diverted.text, "alternate address y, as nobody receives from m"));
        CHECK(mentions(judge_sender("x", {at(R"({"subject": null})")}).remedy, "--subject"));
        Hop other = goes;
        other.answer["exchange"]["link"] = 13;  // a receiver's turn
        CHECK(mentions(judge_sender("x", {other}).text, "flows: to link 12"));
    }

    TEST_CASE("a sender that used its capacity waits, though a receiver could take more") {
        Hop at = to_consumer("a");
        at.answer["producerCount"] = 2;
        at.answer["producersAtCapacity"] = 2;
        CHECK(mentions(judge_sender("orders", {at}).text, "used up the capacity"));
        at.answer["producersAtCapacity"] = 1;
        CHECK(judge_sender("orders", {at}).flows);
    }

    TEST_CASE("a router that does not answer, and one that can't") {
        const Hop silent{.router = "b", .failure = "no answer"};
        CHECK(mentions(judge_sender("orders", {to_router("a", "b"), silent}).text,
                       "router b, which does not answer"));
        const Hop original{.router = "b", .failure = "501", .refused = true};
        CHECK(mentions(judge_sender("orders", {to_router("a", "b"), original}).text,
                       "no Weft router"));
    }

    TEST_CASE("a receiver's side: who sends, and where it goes instead") {
        const Hop here = to_consumer("b");
        CHECK(mentions(judge_receiver("orders", hop("b", "{}"), {}, {}).text,
                       "Nobody receives from orders at router b"));
        CHECK(mentions(judge_receiver("orders", here, {}, {}).text, "Nobody sends to orders"));
        CHECK(mentions(judge_receiver("orders", here, {}, {"q", "r"}).text,
                       "has a sender for orders; q, r could not"));
        const Verdict arrives = judge_receiver("orders", here, {{to_router("a", "b"), here}}, {});
        CHECK(arrives.flows);
        CHECK(mentions(arrives.text, "from senders at router a arrive at router b"));
        Hop nearer = to_consumer("a");
        nearer.answer["distribution"] = "closest";
        const Verdict elsewhere = judge_receiver("orders", here, {{nearer}}, {});
        CHECK_FALSE(elsewhere.flows);
        CHECK(mentions(elsewhere.text, "at router a, not here"));
    }

    TEST_CASE("a block shows receivers, ways and the choice") {
        std::ostringstream out;
        print_hop(to_consumer("c"), /*first=*/true, out);
        CHECK(mentions(out.str(), "Router c  (the message enters here)"));
        CHECK(mentions(out.str(), "L12 C3 billing: credit 5, in flight 2, eligible   <- next"));
        CHECK(mentions(out.str(), "none matches; balanced by default"));
    }
}

}  // namespace weft::tools
