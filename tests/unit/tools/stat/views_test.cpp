#include "tools/weft/stat/views.hpp"

#include "tools/weft/failure.hpp"
#include "tools/weft/management/entity_type.hpp"

#include <doctest/doctest.h>

#include <map>
#include <sstream>
#include <utility>

namespace weft::tools {
namespace {

/// A router of fixed entities.
class FakeRouter final : public EntitySource {
public:
    FakeRouter& with(std::string_view type, const char* entities) {
        entities_[entity_type(type)] = Json::parse(entities).get<std::vector<Entity>>();
        return *this;
    }

    std::vector<Entity> query(std::string_view type,
                              const std::vector<std::string>& attributes,
                              std::size_t limit) override {
        std::vector<Entity> found = entities_[entity_type(type)];
        if (limit != 0 && found.size() > limit) {
            found.resize(limit);
        }
        for (Entity& entity : found) {  // as a router does: null for what it does not have
            for (const std::string& name : attributes) {
                if (!entity.contains(name)) {
                    entity[name] = nullptr;
                }
            }
        }
        return found;
    }

    bool knows(std::string_view type) override { return entities_.contains(entity_type(type)); }
    Json ask(std::string_view /*operation*/) override { return schema; }
    Json log(std::size_t /*limit*/) override { return lines; }

    Json schema;
    Json lines = Json::array();

private:
    std::map<std::string, std::vector<Entity>> entities_;
};

std::string text(const Report& report) {
    std::ostringstream out;
    print(report, /*csv=*/false, out);
    return out.str();
}

}  // namespace

TEST_SUITE("stat views") {
    TEST_CASE("connections say how they are secured and who is behind them") {
        FakeRouter router;
        router.with("connection", R"([
            {"identity": "1", "host": "h:1", "container": "c", "role": "normal", "protocol": "amqp",
             "dir": "in", "isEncrypted": false, "isAuthenticated": false, "uptimeSeconds": 61,
             "lastDlvSeconds": null},
            {"identity": "2", "host": "h:2", "container": "d", "role": "normal", "protocol": "amqp",
             "dir": "in", "isEncrypted": true, "sslProto": "TLSv1.3", "sslCipher": "AES",
             "isAuthenticated": true, "sasl": "EXTERNAL", "user": "bob", "tenant": "t/",
             "uptimeSeconds": 0, "lastDlvSeconds": 5}])");
        CHECK(
            text(connections_view(router, {})) ==
            "Connections\n"
            "  id  host  container  role    proto  dir  security      authentication  tenant  last "
            "dlv      uptime\n"
            "  =================================================================================="
            "=========================\n"
            "  1   h:1   c          normal  amqp   in   no-security   no-auth                 -   "
            "          000:00:01:01\n"
            "  2   h:2   d          normal  amqp   in   TLSv1.3(AES)  bob(x.509)      t       "
            "000:00:00:05  000:00:00:00\n");
    }

    TEST_CASE("links show only the columns the router knows") {
        FakeRouter router;
        router.with("link", R"([{"identity": "9", "linkType": "endpoint", "linkDir": "out",
            "connectionId": "1", "owningAddr": "M0a", "capacity": 250, "undeliveredCount": 0,
            "unsettledCount": 0, "deliveryCount": 3, "presettledCount": 0, "acceptedCount": 3,
            "rejectedCount": 0, "releasedCount": 0, "modifiedCount": 0,
            "deliveriesDelayed1Sec": 2, "deliveriesDelayed10Sec": 1, "zeroCreditSeconds": 75}])");
        const Report report = links_view(router, {});
        CHECK(text(report) ==
              "Router Links\n"
              "  type      dir  conn id  id  peer  class   addr  phs  cap  undel  unsett  deliv  "
              "presett  acc  rej  rel  mod  delay  blkd\n"
              "  =================================================================================="
              "============================================\n"
              "  endpoint  out  1        9         mobile  a     0    250  0      0       3      "
              "0        3    0    0    0    3      00:01:15\n");
    }

    TEST_CASE("addresses are sorted and link routes count containers") {
        FakeRouter router;
        router.with("router.address", R"([
            {"key": "M0z", "distribution": "balanced", "priority": 3, "subscriberCount": 1000,
             "containerCount": 7, "remoteCount": 0, "deliveriesIngress": 1234567,
             "deliveriesEgress": 0, "deliveriesTransit": 0, "deliveriesRedirectedToFallback": 0},
            {"key": "Clr", "distribution": "linkBalanced", "priority": -1, "subscriberCount": 0,
             "containerCount": 7, "remoteCount": 0, "deliveriesIngress": 0, "deliveriesEgress": 0,
             "deliveriesTransit": 0, "deliveriesRedirectedToFallback": 0}])");
        CHECK(text(addresses_view(router, {})) ==
              "Router Addresses\n"
              "  class    addr  phs  distrib       pri  local  remote  in         out  thru  "
              "fallback\n"
              "  =================================================================================="
              "====\n"
              "  link-in  lr         linkBalanced  -    7      0       0          0    0     0\n"
              "  mobile   z     0    balanced      3    1,000  0       1,234,567  0    0     0\n");
    }

    TEST_CASE("nodes show the time of the last change and lists as qdstat does") {
        FakeRouter router;
        router.with("node", R"json([
            {"id": "B", "protocolVersion": 1, "cost": 1, "linkState": ["A"], "validOrigins": [],
             "nextHop": null, "routerLink": 0, "lastTopoChange": 5},
            {"id": "C", "protocolVersion": 1, "cost": 2, "linkState": ["A"], "validOrigins": ["B"],
             "nextHop": "B", "routerLink": 7},
            {"id": "A", "protocolVersion": 1, "cost": null, "linkState": ["B", "C"],
             "validOrigins": [], "nextHop": "(self)", "lastTopoChange": 1795253861
    }])json");
        CHECK(text(nodes_view(router, {.verbose = true})) ==
              "Routers in the Network\n"
              "Last Topology Change: Saturday Nov 21 09:37:41 2026 GMT\n"
              "  router-id  next-hop  link  ver  cost  neighbors   valid-origins\n"
              "  =================================================================\n"
              "  A          (self)    -     1          ['B', 'C']  []\n"
              "  B          -         0     1    1     ['A']       []\n"
              "  C          B         -     1    2     ['A']       ['B']\n");
    }

    TEST_CASE("a router without nodes says that it stands alone") {
        FakeRouter router;
        CHECK(text(nodes_view(router, {})) == "Router is Standalone - No Router List\n");
    }

    TEST_CASE("general statistics leave out what the router does not count") {
        FakeRouter router;
        router.with("router", R"([{"id": "A", "version": "1", "mode": "interior",
            "workerThreads": 2, "uptimeSeconds": 90061, "memoryUsage": 107782144, "area": "0",
            "linksBlocked": 4}])");
        CHECK(text(general_view(router, {})) ==
              "Router Statistics\n"
              "  attr            value\n"
              "  ==============================\n"
              "  Version         1\n"
              "  Mode            interior\n"
              "  Router Id       A\n"
              "  Worker Threads  2\n"
              "  Uptime          001:01:01:01\n"
              "  VmSize          103 MiB\n"
              "  Area            0\n"
              "  Links Blocked   4\n");
    }

    TEST_CASE("auto links show the phase the router assumes") {
        FakeRouter router;
        router.with("autoLink", R"([
            {"address": "q", "direction": "out"}, {"address": "q", "direction": "in"},
            {"address": "f", "direction": "in", "fallback": true},
            {"address": "p", "direction": "in", "phase": 3}])");
        const Report report = auto_links_view(router, {});
        const Table& table = std::get<Table>(report.parts.front());
        std::string shown;
        for (const auto& row : table.rows) {
            shown += row[0] + row[1] + row[2] + " ";
        }
        CHECK(shown == "fin0 pin3 qout0 qin1 ");
    }

    TEST_CASE("nothing found is said") {
        FakeRouter router;
        CHECK(text(auto_links_view(router, {})) == "AutoLinks\nNo AutoLinks found\n");
        CHECK(text(link_routes_view(router, {})) == "Link Routes\nNo Link Routes found\n");
        CHECK(text(exchanges_view(router, {})) ==
              "Exchanges\nNo Exchanges found\n\nBindings\nNo Bindings found\n");
        CHECK(text(vhosts_view(router, {})) == "No Vhosts\n");
        CHECK(text(vhost_groups_view(router, {})) == "No Vhosts\n");
        CHECK(text(vhost_stats_view(router, {})) == "No Vhost Stats\n");
        CHECK(text(edge_view(router, {})).empty());
    }

    TEST_CASE("vhost groups take what they do not set from the schema") {
        FakeRouter router;
        router.with("vhost",
                    R"([{"hostname": "h", "groups": {"g": {"users": "*", "maxSessions": 3}}}])");
        router.schema = Json::parse(R"({"entityTypes": {"vhostUserGroupSettings": {"attributes": {
            "maxSenders": {"type": "integer", "default": 9}, "maxSessions": {"default": 1},
            "allowDynamicSource": {"type": "boolean"}}}}})");
        const Report report = vhost_groups_view(router, {});
        const Entity& group = report.entities.front();
        CHECK(group["maxSessions"] == 3);
        CHECK(group["maxSenders"] == 9);
        CHECK(group["allowDynamicSource"] == false);
        CHECK(report.parts.size() == 2);
        CHECK(text(report).find("Vhost 'h' UserGroup 'g'\n") != std::string::npos);
    }

    TEST_CASE("vhost statistics list the users that are connected") {
        FakeRouter router;
        router.with("vhostStats", R"([{"hostname": "h", "perUserState": {"bob": ["1.2.3.4:5"]}}])");
        CHECK(text(vhost_stats_view(router, {}))
                  .ends_with("\nVhost User Stats\n"
                             "  vhost  user  remote hosts\n"
                             "  ============================\n"
                             "  h      bob   ['1.2.3.4:5']\n"));
    }

    TEST_CASE("an entity type that the router does not know is named") {
        FakeRouter router;
        CHECK_THROWS_WITH_AS(
            mqtt_view(router, {}),
            "this router has no gateway entities: it does not know the type 'mqttSession'",
            Failure);
    }

    TEST_CASE("a type that only some routers know is shown with all its attributes") {
        FakeRouter router;
        router.with("mqttSession", R"([{"name": "n", "identity": "1", "type": "t",
                                        "client": "a", "links": 7}])");
        CHECK(text(mqtt_view(router, {})) ==
              "MQTT Sessions\n"
              "  client  links\n"
              "  ===============\n"
              "  a       7\n");
    }

    TEST_CASE("a broker's queues are a row each; dead is whatever they died of") {
        FakeRouter broker;
        broker.with("queue", R"([{"name": "orders", "messages": 12000, "bytes": 2048,
                                  "unsettled": 1, "consumers": 2, "producers": 3,
                                  "blockedProducers": 3, "messagesIn": 4, "messagesOut": 5,
                                  "acknowledged": 6, "deadRejected": 1, "deadExpired": 2,
                                  "deadLetter": "$dlq", "full": true}])");
        CHECK(
            text(queues_view(broker, {})) ==
            "Queues\n"
            "  queue   msgs    bytes     unsett  cons  prod  blocked  in  out  ack  dead  full\n"
            "  =================================================================================\n"
            "  orders  12,000  2.00 KiB  1       2     3     3        4   5    6    3     True\n");
    }

    TEST_CASE("a router shows which brokers keep its queues, and rows of brokers say whose") {
        FakeRouter router;
        router.with("router.config.address",
                    R"([{"address": "orders", "addressType": "queue", "scope": "mesh",
                         "brokers": ["b1"], "attachedAt": {"b1": ["A"]}}, {"prefix": "x"}])");
        CHECK(text(queues_view(router, {})) ==
              "Queues and their brokers\n"
              "  address  brokers    scope\n"
              "  ===========================\n"
              "  orders   b1 (at A)  mesh\n");
        CHECK(text(topics_view(router, {})) == "No addresses of type topic\n");
        CHECK(text(topic_report({{{"broker", "b1"}, {"name", "t"}, {"subscriptions", 2}}}, {})) ==
              "Topics\n"
              "  broker  topic  subs  msgs  overflow\n"
              "  =====================================\n"
              "  b1      t      2     0     \n");
        CHECK(text(subscription_report({}, {})) == "Subscriptions\nNo Subscriptions found\n");
    }

    TEST_CASE("a log answer that is not a log is refused") {
        FakeRouter router;
        router.lines = Json::parse(R"([["ROUTER", "info", "text"]])");
        CHECK_THROWS_AS(log_view(router, {}), Failure);
    }

    TEST_CASE("all entities carry their rows together") {
        FakeRouter router;
        router.with("router", R"([{"id": "A"}])").with("policy", R"([{"maxConnections": 1}])");
        CHECK(all_entities_view(router, {}).entities.size() == 2);
    }
}

}  // namespace weft::tools
