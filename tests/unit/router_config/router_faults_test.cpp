#include "tests/unit/router_config/fixture.hpp"

#include <doctest/doctest.h>

using namespace weft::router_config::test;

namespace {

struct Case {
    std::string text;
    Lines lines;
};

void check(const std::vector<Case>& cases) {
    for (const Case& each : cases) {
        CAPTURE(each.text);
        const auto loaded = load(each.text);
        CHECK(loaded.lines == each.lines);
        CHECK_FALSE(loaded.config);
    }
}

/// Faults of one entity of a list section: what is written in it, and the fault behind its pointer.
void check_in(const std::string& section,
              const std::vector<std::pair<std::string, std::string>>& cases) {
    for (const auto& [attributes, fault] : cases) {
        check({{"{\"" + section + "\": [{" + attributes + "}]}",
                {"r:1: /" + section + "/0" + fault}}});
    }
}

}  // namespace

TEST_SUITE("router config faults") {
    TEST_CASE("of the audit's files the one must not become the other") {
        const std::string why =
            "r:1: /audit/loginsFile: and file: the one becomes the other when it is full (FILE.1, "
            "FILE.2, …); name another one";
        check({{R"({"audit": {"file": "a", "loginsFile": "a.1"}})", {why}},
               {R"({"audit": {"file": "l.12", "loginsFile": "l"}})", {why}}});
        CHECK(load(R"({"audit": {"file": "a", "loginsFile": "a.1x"}})").config);
        CHECK(load(R"({"audit": {"file": "a", "loginsFile": "a.log"}})").config);
    }

    TEST_CASE("what this version cannot do is refused with the reason") {
        check({
            {R"({"router": {"debugDumpFile": "x"}})",
             {"r:1: /router/debugDumpFile: is not available: this router writes no debug dump"}},
            {R"({"sslProfiles": [{"name": "p", "certFile": "c.pem"}]})",
             {"r:1: /sslProfiles/0/certFile: \"c.pem\" does not exist"}},
            {R"({"sslProfiles": [{"name": "p"}, {"name": "p"}]})",
             {"r:1: /sslProfiles/1/name: \"p\" is also the name of another; give them different "
              "ones"}},
            {R"({"sslProfiles": [{"name": "p", "protocols": "SSLv3"}]})",
             {"r:1: /sslProfiles/0/protocols: \"SSLv3\" is not spoken: TLSv1.2 and TLSv1.3 are"}},
            {R"({"sslProfiles": [{"name": "p"}], "listeners": [{"sslProfile": "p"}]})",
             {"r:1: /listeners/0/sslProfile: \"p\" can't be used by this listener: its certFile is "
              "missing: a listener shows one to its peers"}},
            {R"({"linkRoutes": [{"direction": "in", "containerId": "b"}]})",
             {"r:1: /linkRoutes/0: needs one of \"prefix\" and \"pattern\""}},
            {R"({"linkRoutes": [{"direction": "in", "containerId": "b", "prefix": "a",
                                 "pattern": "b"}]})",
             {"r:1: /linkRoutes/0: must have only one of \"prefix\" and \"pattern\""}},
            {R"({"linkRoutes": [{"direction": "in", "containerId": "b", "prefix": "a/#"}]})",
             {"r:1: /linkRoutes/0/prefix: \"#\" is a wildcard; use \"pattern\""}},
            {R"({"linkRoutes": [{"prefix": "a", "containerId": "b"}]})",
             {"r:1: /linkRoutes/0: needs \"direction\": one of in, out"}},
            {R"({"linkRoutes": [{"prefix": "a", "direction": "in", "containerId": "b",
                                 "connection": "c"}]})",
             {"r:1: /linkRoutes/0: must have only one of \"containerId\" and \"connection\""}},
            {R"({"linkRoutes": [{"prefix": "a.b", "direction": "in", "containerId": "b"},
                                {"pattern": "a/b/#", "direction": "in", "containerId": "b"}]})",
             {"r:2: /linkRoutes/1: \"a/b/#\" means the same links as \"a.b\" of r:1 "
              "/linkRoutes/0, to the same container; keep one of them"}},
            {R"({"addresses": [{"prefix": "a"}],
                 "linkRoutes": [{"pattern": "a/#", "direction": "in", "containerId": "b"}]})",
             {"r:2: /linkRoutes/0: \"a/#\" is as specific as \"a\" of r:1 /addresses/0, whose "
              "links would all be link-routed; keep one of them"}},
            {R"({"autoLinks": [{"address": "a", "direction": "in"}]})",
             {"r:1: /autoLinks/0: needs \"containerId\" or \"connection\": where it is "
              "attached"}},
            {R"({"autoLinks": [{"address": "a", "direction": "in", "containerId": "b",
                                "connection": "c"}]})",
             {"r:1: /autoLinks/0: must have only one of \"containerId\" and \"connection\""}},
        });
        CHECK(load(R"({"policy": {"maxConnections": 65535}, "linkRoutes": [], "autoLinks": [],
                       "vhosts": [], "sslProfiles": []})")
                  .lines == Lines{});
    }

    TEST_CASE("tenants are told what does not fit together") {
        check({{R"({"router": {"id": "a", "mode": "interior"},
                    "listeners": [{"multiTenant": true, "role": "inter-router"}]})",
                {"r:2: /listeners/0/multiTenant: means nothing with \"role\": \"inter-router\": "
                 "other "
                 "routers are no tenants; give those and tenants a listener each"}}});
        check({{R"({"router": {"id": "a", "onlyListedTenants": true}})",
                {"r:1: /router/onlyListedTenants: lets nobody in by listeners with multiTenant: "
                 "there are no \"tenants\""}}});
        check_in("tenants",
                 {{R"("name": "a/b")",
                   ": the name \"a/b\" can't be a tenant's: it has other characters than letters, "
                   "digits and . - _ : [ ]"},
                  {R"("name": "a", "prefix": "_topo/")",
                   ": the prefix \"_topo/\" of tenant \"a\" can't be: it begins with neither a "
                   "letter nor a digit"},
                  {R"("name": "a", "quota": {"linkz": 1})",
                   "/quota/linkz: unknown key; did you mean \"links\"?"},
                  {R"("name": "a", "quota": {"storedBytes": "1GiB"})",
                   "/quota/storedBytes: is not available: a router stores nothing; limit each of "
                   "its queues by \"maxBytes\""}});
    }

    TEST_CASE("listeners are refused what needs TLS or brokers") {
        check_in(
            "listeners",
            {{R"("sslProfile": "p")", "/sslProfile: names none of the sslProfiles: there are none"},
             {R"("requireSsl": true)",
              "/requireSsl: needs an \"sslProfile\", else nobody could connect"},
             {R"("authenticatePeer": true)",
              "/authenticatePeer: needs an \"sslProfile\" whose caCertFile has those who sign the "
              "certificates of peers"},
             {R"("multiTenant": true, "http": true)",
              "/multiTenant: can't be with \"http\": true: tenants could manage the router there; "
              "give the web a listener of its own"},
             {R"("saslMechanisms": "PLAIN ANONYMOUS")",
              "/saslMechanisms: PLAIN needs users: add the section \"users\": { \"file\": "
              "\"users\" }, and 'weft user add users NAME'"}});
    }

    TEST_CASE("listeners and connectors must make sense") {
        check_in("listeners",
                 {{R"("prot": 5)", "/prot: unknown key; did you mean \"port\"?"},
                  {R"("maxFrameSize": 511)",
                   "/maxFrameSize: must be a size in bytes, as in 65536 or \"64KiB\", from 512 to "
                   "2147483647, not 511"},
                  {R"("linkCapacity": 0)",
                   "/linkCapacity: must be a whole number from 1 to 10000, not 0"},
                  {R"("openProperties": {"product": "x"})",
                   "/openProperties/product: is a property of the daemon's own; choose another "
                   "name"},
                  {R"("openProperties": {"qd.x": 1})",
                   "/openProperties/qd.x: is a property of the daemon's own; choose another name"},
                  {R"("failoverUrls": "http://x")",
                   "/failoverUrls: must be URLs as in amqp://host:port, not \"http://x\""},
                  {R"("http": true, "allowedOrigins": ["https://a", "https://b/c"])",
                   "/allowedOrigins: must be origins such as https://shop.example or "
                   "https://shop.example:8443, without a path, or *, not \"https://b/c\""}});
        check_in("connectors",
                 {{R"("port": 0)", "/port: must be the port of the peer, not 0"},
                  {R"("host": "")", "/host: must be the peer's host name or address"},
                  {R"("saslUsername": "u")", "/saslUsername: needs a \"saslPassword\""},
                  {R"("sslProfile": "p")",
                   "/sslProfile: names none of the sslProfiles: there are none"}});
    }

    TEST_CASE("what a connector never does may be said, with a warning") {
        CHECK(load(R"({"connectors": [{"port": 1, "allowRedirect": true}]})").lines == Lines{});
        CHECK(load(R"({"connectors": [{"port": 1, "allowRedirect": false}]})").lines ==
              Lines{"r:1: warning: /connectors/0/allowRedirect: has no effect: redirections by the "
                    "peer are never followed"});
    }

    TEST_CASE("a key that means nothing without HTTP is a warning") {
        CHECK(load(R"({"listeners": [{"metrics": true}]})").lines ==
              Lines{"r:1: warning: /listeners/0/metrics: has no effect without \"http\": true"});
    }

    TEST_CASE("a router's id can be shown by any tool") {
        const std::string right = "must have at most 127 bytes and no space or control character";
        check({{R"({"router": {"id": ""}})", {"r:1: /router/id: must not be empty"}},
               {R"({"router": {"id": "a b"}})", {"r:1: /router/id: " + right + ", not \"a b\""}},
               {R"({"router": {"id": "a\b"}})", {"r:1: /router/id: " + right + ", not \"a\\x08\""}},
               {"{\"router\": {\"id\": \"a\u00a0b\"}}",
                {"r:1: /router/id: " + right + ", not \"a\u00a0b\""}},
               {R"({"router": {"id": ")" + std::string(128, 'x') + "\"}}",
                {"r:1: /router/id: " + right + ", not \"" + std::string(64, 'x') + "…\""}}});
        CHECK(load(R"({"router": {"id": ")" + std::string(127, 'x') + "\"}}").config);
    }

    TEST_CASE("a router of a mesh has an id that is its own and fits an address") {
        const std::string wrong =
            "must not be \"all\" nor contain \"/\" with \"mode\": \"interior\"";
        check(
            {{R"({"router": {"mode": "interior"}})",
              {"r:1: /router/mode: \"interior\" needs \"id\", unique in the mesh"}},
             {R"({"router": {"mode": "edge"}})",
              {"r:1: /router/mode: \"edge\" needs \"id\", unique in the mesh"}},
             {R"({"router": {"mode": "interior", "id": ""}})",
              {"r:1: /router/id: must not be empty"}},
             {R"({"router": {"mode": "interior", "id": "all"}})", {"r:1: /router/id: " + wrong}},
             {R"({"router": {"mode": "interior", "id": "a/b"}})", {"r:1: /router/id: " + wrong}}});
        CHECK(load(R"({"router": {"id": "a/b"}})").config);
        CHECK(load(R"({"router": {"mode": "interior"}})", {"/router/id=x"}).config);
    }

    TEST_CASE("only a router of a mesh keeps something") {
        const std::string text =
            "r:1: /router/stateDir: only a router with \"mode\": \"interior\" keeps anything "
            "there; set "
            "that, or remove the key";
        check({{R"({"router": {"stateDir": "/s"}})", {text}},
               {R"({"router": {"id": "e", "mode": "edge", "stateDir": "/s"}})", {text}}});
        CHECK(load(R"({"router": {"id": "a", "mode": "interior", "stateDir": "/s"}})").config);
    }

    TEST_CASE("what is at the other end fits the mode of the router") {
        const std::string remedy =
            "\"inter-router\" needs a router with \"mode\": \"interior\"; set that, or the role "
            "\"normal\"";
        for (const std::string mode : {"", R"("router": {"mode": "standalone"}, )"}) {
            check({{"{" + mode + "\"listeners\": [{\"role\": \"inter-router\"}]}",
                    {"r:1: /listeners/0/role: " + remedy}},
                   {"{" + mode + "\"connectors\": [{\"port\": 1},\n{\"role\": \"inter-router\"}]}",
                    {"r:2: /connectors/1/role: " + remedy}}});
        }
        const std::string edge = R"("router": {"id": "e", "mode": "edge"}, )";
        check({{"{" + edge + R"("listeners": [{"role": "inter-router"}]})",
                {"r:1: /listeners/0/role: " + remedy}},
               {"{" + edge + R"("listeners": [{"role": "edge"}]})",
                {R"(r:1: /listeners/0/role: "edge" needs a router with "mode": "interior"; set )"
                 R"(that, or the role "normal")"}},
               {"{" + edge + R"("connectors": [{"role": "inter-router"}]})",
                {R"(r:1: /connectors/0/role: "inter-router" needs a router with "mode": )"
                 R"("interior"; set that, or the role "edge")"}},
               {R"({"connectors": [{"role": "edge"}]})",
                {R"(r:1: /connectors/0/role: "edge" needs a router with "mode": "edge"; set )"
                 R"(that, or the role "normal")"}},
               {R"({"router": {"id": "A", "mode": "interior"}, "connectors": [{"role": "edge"}]})",
                {R"(r:1: /connectors/0/role: "edge" needs a router with "mode": "edge"; set )"
                 R"(that, or the role "inter-router")"}}});
        const auto loaded = load(R"({"router": {"id": "e", "mode": "edge"},
            "connectors": [{"role": "edge", "cost": 2}, {"role": "route-container"}]})");
        CHECK(loaded.config->router.mode == RouterMode::edge);
        CHECK(loaded.config->connectors[0].peer.role == Role::edge);
        CHECK(loaded.config->connectors[0].peer.cost == 2);
        CHECK_FALSE(loaded.config->connectors[0].peer.strip_in);
    }

    TEST_CASE("other routers don't come in over HTTP") {
        check({{R"({"router": {"id": "A", "mode": "interior"},
                    "listeners": [{"http": true, "role": "inter-router"}]})",
                {"r:2: /listeners/0/role: must be \"normal\" with \"http\": true"}}});
    }

    TEST_CASE("a key that means nothing in a role is a warning") {
        CHECK(load(R"({"listeners": [{"cost": 2}], "connectors": [{"cost": 1}]})").lines ==
              Lines{"r:1: warning: /listeners/0/cost: has no effect without \"role\": "
                    "\"inter-router\""});
        CHECK(load(R"({"router": {"id": "A", "mode": "interior"},
                       "connectors": [{"role": "inter-router", "stripAnnotations": "in"}]})")
                  .lines ==
              Lines{"r:2: warning: /connectors/0/stripAnnotations: has no effect with "
                    "\"role\": \"inter-router\"; annotations are kept"});
    }

    TEST_CASE("costs are positive") {
        check_in("connectors",
                 {{R"("cost": 0)", "/cost: must be a whole number from 1 to 2147483647, not 0"}});
    }

    TEST_CASE("a router is not declared dead between two of its messages") {
        check({{R"({"router": {"helloMaxAgeSeconds": 1}})",
                {"r:1: /router/helloMaxAgeSeconds: must be more than helloIntervalSeconds"}},
               {R"({"router": {"raIntervalSeconds": 60}})",
                {"r:1: /router/remoteLsMaxAgeSeconds: must be more than raIntervalSeconds"}},
               {R"({"router": {"raIntervalFluxSeconds": 60.5}})",
                {"r:1: /router/remoteLsMaxAgeSeconds: must be more than raIntervalFluxSeconds"}}});
    }

    TEST_CASE("a router doesn't flood its neighbours") {
        for (const std::string key :
             {"helloIntervalSeconds", "raIntervalSeconds", "raIntervalFluxSeconds"}) {
            check({{"{\"router\": {\"" + key + "\": 0}}",
                    {"r:1: /router/" + key + ": must be at least 0.01"}}});
            CHECK(load("{\"router\": {\"" + key + "\": 0.01}}").config);
        }
        const Lines fast = {
            "r:1: /router/fastHelloSeconds: must be 0, or at least 0.01 and at "
            "most helloIntervalSeconds"};
        check({{R"({"router": {"fastHelloSeconds": 0.009}})", fast},
               {R"({"router": {"fastHelloSeconds": 1.001}})", fast}});
    }

    TEST_CASE("names and ports are taken once") {
        check({
            {"{\"listeners\": [{\"name\": \"a\", \"port\": 1},\n{\"name\": \"a\", \"port\": 2}]}",
             {"r:2: /listeners/1/name: \"a\" is also r:1 /listeners/0; give them different ones"}},
            {"{\"listeners\": [{\"port\": 1},\n{\"port\": 1}]}",
             {"r:2: /listeners/1/port: 1 is also the port of r:1 /listeners/0; give them different "
              "ones"}},
            {R"({"listeners": [{"host": "127.0.0.1"}, {"host": "0.0.0.0", "insecure": true}]})",
             {"r:1: /listeners/1/port: 5672 is also the port of r:1 /listeners/0; give them "
              "different ones"}},
            {R"({"connectors": [{"name": "c"}, {"name": "c", "port": 2}]})",
             {"r:1: /connectors/1/name: \"c\" is also r:1 /connectors/0; give them different "
              "ones"}},
            {R"({"log": [{"module": "HTTP"}, {"module": "HTTP"}]})",
             {"r:1: /log/1/module: \"HTTP\" is also r:1 /log/0; give them different ones"}},
            {R"({"addresses": [{"name": "x", "address": "a"}, {"name": "x", "address": "b"}]})",
             {"r:1: /addresses/1/name: \"x\" is also r:1 /addresses/0; give them different ones"}},
        });
        CHECK(load(R"({"listeners": [{"host": "127.0.0.1"}, {"host": "127.0.0.2"},
            {"host": "::", "socketAddressFamily": "IPv6", "port": 9, "insecure": true},
            {"host": "0.0.0.0", "socketAddressFamily": "IPv4", "port": 9, "insecure": true}]})")
                  .lines == Lines{});
    }

    TEST_CASE("an address rule says what it means, once") {
        check_in("addresses",
                 {{"", ": needs one of \"address\", \"prefix\" and \"pattern\""},
                  {R"("address": "a", "prefix": "b")",
                   ": must have only one of \"address\", \"prefix\" and \"pattern\""},
                  {R"("address": "a/b*")", "/address: \"b*\": a wildcard must be a whole level"},
                  {R"("prefix": "a/*")", "/prefix: \"*\" is a wildcard; use \"pattern\""},
                  {R"("address": "_topo/0/x")",
                   "/address: _local, _topo and _edge name routers and can't be configured"},
                  {R"("address": "a", "type": "multicast", "distribution": "closest")",
                   "/distribution: \"closest\" contradicts the type \"multicast\"; leave one of "
                   "them out"},
                  {R"("address": "a", "type": "anycast", "distribution": "multicast")",
                   "/distribution: \"multicast\" contradicts the type \"anycast\"; leave one of "
                   "them out"},
                  {R"("address": "a", "slowConsumer": "drop")",
                   "/slowConsumer: must be \"block\" unless the address is multicast"},
                  {R"("address": "a", "priority": 10)",
                   "/priority: must be a whole number from 0 to 9, not 10"},
                  {R"("address": "a", "enableFallback": true, "waypoint": true)",
                   "/enableFallback: can't be with \"waypoint\" or phases other than 0: what the "
                   "waypoint brings has no fallback"},
                  {R"("address": "a", "egressPhase": 10)",
                   "/egressPhase: must be a whole number from 0 to 9, not 10"},
                  {R"("address": "a", "scope": "mesh")",
                   "/scope: \"mesh\" needs a router with \"mode\": \"interior\"; set that, or the "
                   "scope \"node\""}});
        for (const std::string rule : {R"("address": "")", R"("address": "a//b")",
                                       R"("address": "a/#/b")", R"("pattern": "a..b")"}) {
            CAPTURE(rule);
            const auto loaded = load(R"({"addresses": [{)" + rule + "}]}");
            REQUIRE(loaded.lines.size() == 1);
            CHECK_FALSE(loaded.config);
        }
        CHECK(load(R"({"addresses": [{"pattern": "a/b*"}]})").lines ==
              Lines{"r:1: warning: /addresses/0/pattern: \"b*\" is taken literally: a wildcard is "
                    "a whole level"});
    }

    TEST_CASE("what brokers keep is said whole") {
        check_in(
            "addresses",
            {{R"("address": "a", "brokers": ["b"])",
              "/brokers: needs \"type\": \"queue\" or \"topic\": of other addresses nothing is "
              "kept"},
             {R"("address": "a", "maxBytes": 5)",
              "/maxBytes: needs \"type\": \"queue\" or \"topic\", and \"brokers\": without them "
              "nothing is kept"},
             {R"("address": "a", "type": "queue", "maxBytes": 5)",
              "/maxBytes: needs \"brokers\", which are told of it"},
             {R"("address": "a", "type": "topic")",
              "/type: \"topic\" needs \"brokers\": receivers are passed on to the broker"},
             {R"("address": "a", "type": "topic", "brokers": ["b", "c"])",
              "/brokers: a topic has one broker: a receiver would miss what is sent to another"},
             {R"("address": "a", "type": "queue", "brokers": [])",
              "/brokers: must name one at least, or be left out"},
             {R"("address": "a", "type": "queue", "brokers": ["b", "b"])",
              "/brokers: \"b\" is named twice"},
             {R"("address": "a", "type": "queue", "brokers": [""])",
              "/brokers: a broker's id is empty"},
             {R"("address": "a", "type": "queue", "brokers": ["x/y"])",
              "/brokers: \"x/y\" is no id of a broker here: clients reach it as "
              "\"$broker/ID/ADDRESS\", so it has no '/', '*', '#' or '+', and no '.' at either "
              "end"},
             {R"("address": "a/#", "type": "queue", "brokers": ["b", "c"])",
              "/brokers: \"a/#\" means more than one address, and links to each are passed on to "
              "one broker: name one, or give addresses that several share entries of their own, "
              "without wildcards"},
             {R"("prefix": "a", "type": "topic", "brokers": ["b", "c"])",
              "/brokers: a topic has one broker: a receiver would miss what is sent to another"},
             {R"("address": "a", "type": "queue", "distribution": "unavailable")",
              "/distribution: \"unavailable\" contradicts the type \"queue\""},
             {R"("address": "a", "type": "queue", "egressPhase": 2)",
              "/egressPhase: must be 1 with the type \"queue\""},
             {R"("address": "a", "type": "queue", "ingressPhase": 1)",
              "/ingressPhase: must be 0 with the type \"queue\""},
             {R"("address": "a", "type": "queue", "brokers": ["b"], "ttlSeconds": {"least": 1})",
              "/ttlSeconds: \"least\" is none of \"default\" and \"max\""},
             {R"("address": "a", "type": "queue", "brokers": ["b"], )"
              R"("redelivery": {"multiplier": []})",
              "/redelivery: \"multiplier\" must be a number from 0 up, not a list"},
             {R"("address": "a", "type": "queue", "brokers": ["b"], "overflow": "burst")",
              "/overflow: must be one of block, reject, drop-oldest, dead-letter, not \"burst\""},
             {R"("address": "a", "type": "queue", "brokers": ["b"], "fenced": true)",
              "/fenced: needs \"lastValueKey\": it is keys that have fences"},
             {R"("address": "a", "type": "queue", "brokers": ["b", "c"], "fenced": true, )"
              R"("lastValueKey": "key")",
              "/fenced: needs the type \"queue\", and one broker: each subscription, and each "
              "broker, would have fences of its own"},
             {R"("address": "a", "type": "queue", "brokers": ["b"], "forward": {})",
              "/forward: needs \"to\": the address that messages go on to"},
             {R"("address": "a", "type": "queue", "brokers": ["b"], "forward": {"to": "a"})",
              "/forward: \"a\" would be forwarded to itself: name an address that \"a\" does not "
              "mean"},
             {R"("address": "a/#", "type": "queue", "brokers": ["b"], "forward": {"to": "a/x"})",
              "/forward: \"a/x\" would be forwarded to itself: name an address that \"a/#\" does "
              "not mean"},
             {R"("address": "a", "type": "queue", "brokers": ["b"], "forward": {"to": "x/#"})",
              "/forward: \"to\" must be one address, and \"x/#\" is a pattern"},
             {R"("address": "a", "type": "topic", "brokers": ["b"], "forward": {"to": "x"})",
              "/forward: needs the type \"queue\": a topic keeps no messages of its own"},
             {R"("address": "a", "type": "queue", "forward": {"to": "x"})",
              "/forward: needs \"brokers\", which are told of it"},
             {R"("address": "a", "type": "queue", "brokers": ["b"], )"
              R"("forward": {"to": "x", "rate": 5})",
              "/forward: \"rate\" is none of \"to\", \"messagesPerSecond\", \"window\", "
              "\"delaySeconds\" and \"maxDelaySeconds\""},
             {R"("address": "a", "type": "queue", "brokers": ["b"], )"
              R"("forward": {"to": "x", "window": 0})",
              "/forward: \"window\" must be a whole number from 1 to 10000, not 0"},
             {R"("address": "a", "type": "queue", "brokers": ["b"], )"
              R"("forward": {"to": "x", "maxDelaySeconds": 0.05})",
              "/forward: \"maxDelaySeconds\" (by default 30) is less than \"delaySeconds\" (0.1)"},
             {R"("address": "$broker/b/a")",
              "/address: $broker leads to the brokers of \"addresses\" and can't be configured"}});
        CHECK(load(R"({"addresses": [{"address": "q", "type": "queue", "brokers": ["b.c", "d"],
            "durability": "group", "ttlSeconds": {"default": 1.5, "max": 9}, "maxDeliveries": 5,
            "deadLetter": "dlq", "redelivery": {"delaySeconds": 1, "multiplier": 2},
            "maxMessages": 5000000000, "maxBytes": "8GiB", "overflow": "dead-letter",
            "exclusiveConsumer": true, "messageGroups": false, "lastValueKey": "stock",
            "duplicateWindow": 1000, "fenced": false, "maxKeys": 1000000},
            {"address": "site/orders", "type": "queue", "brokers": ["d"], "forward":
            {"to": "central", "messagesPerSecond": 0.5, "window": 10, "delaySeconds": 1}},
            {"address": "central", "type": "queue", "brokers": ["b.c"],
            "forward": {"to": "archive"}},
            {"address": "rows", "type": "queue", "brokers": ["b.c"], "deadLetter": "",
            "lastValueKey": "key", "fenced": true},
            {"address": "t", "type": "topic", "brokers": ["d"]},
            {"address": "prices/#", "type": "topic", "brokers": ["d"]},
            {"prefix": "store", "type": "queue", "brokers": ["d"]},
            {"pattern": "orders.*", "type": "queue", "brokers": ["d"], "maxMessages": 5},
            {"address": "claimed/#", "type": "queue"}]})")
                  .lines == Lines{});
    }

    TEST_CASE("messages are forwarded in no circle") {
        CHECK(load(R"({"addresses": [
{"address": "a", "type": "queue", "brokers": ["x"], "forward": {"to": "b"}},
{"address": "b", "type": "queue", "brokers": ["y"], "forward": {"to": "c/d"}},
{"address": "c/#", "type": "queue", "brokers": ["x"], "forward": {"to": "a"}},
{"address": "e", "type": "queue", "brokers": ["x"], "forward": {"to": "a"}}]})")
                  .lines ==
              Lines{"r:4: /addresses/2: messages would be forwarded in a circle, to \"b\", "
                    "\"c/d\", \"a\", which is r:2 /addresses/0 again: end it somewhere"});
    }

    TEST_CASE("an entry with wildcards passes links on, unless something else was configured") {
        const auto beside = [](const std::string& more) {
            return load(
                       "{\"addresses\": [{\"address\": \"a/#\", \"type\": \"topic\", "
                       "\"brokers\": [\"x\"]}, {\"address\": \"a/b\"}],\n" +
                       more + "}")
                .lines;
        };
        const auto auto_link = [&](const std::string& address) {
            return beside("\"autoLinks\": [{\"address\": \"" + address +
                          "\", \"direction\": \"in\", \"containerId\": \"x\"}]");
        };
        CHECK(auto_link("a/c") ==
              Lines{"r:2: /autoLinks/0: the address \"a/#\" of r:1 /addresses/0 makes the links to "
                    "its broker \"x\" itself; keep one of them"});
        CHECK(auto_link("a/b") == Lines{});  // that is another entry's
        const auto route = [&](const std::string& prefix) {
            return beside("\"linkRoutes\": [{\"prefix\": \"" + prefix +
                          "\", \"direction\": \"in\", \"containerId\": \"y\"}]");
        };
        CHECK(route("a/c") == Lines{});  // it goes before the entry
        CHECK(route("a").back() ==
              "r:1: /addresses/0: \"a/#\" is among the addresses \"a\" of r:2 /linkRoutes/0, whose "
              "links are all link-routed; keep one of them");
    }

    TEST_CASE("a link route takes no links past an exchange or an auto-link") {
        const auto beside = [](const std::string& more) {
            return load(
                       "{\"linkRoutes\": [{\"prefix\": \"a\", \"direction\": \"in\", "
                       "\"containerId\": \"b\"}],\n" +
                       more + "}")
                .lines;
        };
        CHECK(beside(R"("exchanges": [{"name": "e", "address": "a/x"}])") ==
              Lines{"r:2: /exchanges/0: \"a/x\" is among the addresses \"a\" of r:1 /linkRoutes/0, "
                    "whose senders' links are all link-routed, past this exchange; keep one of "
                    "them"});
        CHECK(beside(R"("exchanges": [{"name": "e", "address": "b/a"}])") == Lines{});
        const auto auto_link = [&](const std::string& address, const std::string& direction) {
            return beside("\"autoLinks\": [{\"address\": \"" + address + "\", \"direction\": \"" +
                          direction + "\", \"containerId\": \"b\"}]");
        };
        CHECK(auto_link("/a/", "out") ==
              Lines{"r:2: /autoLinks/0: \"a\" is among the addresses \"a\" of r:1 /linkRoutes/0, "
                    "whose senders' links are all link-routed, past this auto-link; keep one of "
                    "them"});
        CHECK(auto_link("a", "in") == Lines{});  // receivers' links come to it
        CHECK(auto_link("ab", "out") == Lines{});
        CHECK(load(R"({"linkRoutes": [{"pattern": "*/x", "direction": "out", "containerId": "b"}],
                       "autoLinks": [{"address": "a/x", "direction": "in", "containerId": "b"}]})")
                  .lines.at(0)
                  .find("receivers' links are all link-routed, past this auto-link") !=
              std::string::npos);
    }

    TEST_CASE("what an address makes is made once: a collision is an error that names both") {
        const auto beside = [](const std::string& more) {
            return load(
                       "{\"addresses\": [{\"address\": \"a/b\", \"type\": \"queue\", "
                       "\"brokers\": [\"x\"]}],\n" +
                       more + "}")
                .lines;
        };
        CHECK(
            beside(R"("autoLinks": [{"address": "a/b", "direction": "in", "containerId": "x"}])") ==
            Lines{"r:2: /autoLinks/0: the address \"a/b\" of r:1 /addresses/0 makes the links to "
                  "its broker \"x\" itself; keep one of them"});
        for (const char* same : {"a/b", "/a/b", "a/b/", "amqp:/a/b"}) {
            CHECK(beside(std::string(R"("autoLinks": [{"address": ")") + same +
                         R"(", "direction": "in", "connection": "x"}])")
                      .size() == 1);
        }
        CHECK(
            beside(R"("autoLinks": [{"address": "a/b", "direction": "in", "containerId": "y"}])") ==
            Lines{});
        CHECK(beside(R"("linkRoutes": [{"prefix": "a", "direction": "in", "containerId": "x"}])") ==
              Lines{"r:1: /addresses/0: \"a/b\" is among the addresses \"a\" of r:2 /linkRoutes/0, "
                    "whose links are all link-routed; keep one of them"});
        CHECK(beside(R"("linkRoutes": [{"prefix": "b", "direction": "in", "containerId": "x"}])") ==
              Lines{});
        for (
            const char* reserved :
            {R"("linkRoutes": [{"prefix": "$broker/x", "direction": "in", "containerId": "x"}])",
             R"("autoLinks": [{"address": "$broker/x", "direction": "in", "containerId": "x"}])"}) {
            CHECK(beside(reserved).at(0).ends_with(
                ": $broker leads to the brokers of \"addresses\" and can't be configured"));
        }
        for (const char* named : {R"("linkRoutes": [{"name": "address/a", "prefix": "b",
                                     "direction": "in", "containerId": "x"}])",
                                  R"("autoLinks": [{"name": "address/a", "address": "b",
                                     "direction": "in", "containerId": "x"}])"}) {
            CHECK(beside(named).at(0).ends_with(
                "/name: begins with \"address/\", as the names of what entries of \"addresses\" "
                "make; give it another one"));
        }
    }

    TEST_CASE("two rules that are as specific for the same address are an error that names both") {
        const auto pair = [](const std::string& a, const std::string& b) {
            return load("{\"addresses\": [{" + a + "},\n{" + b + "}]}").lines;
        };
        CHECK(pair(R"("address": "a/+")", R"("address": "a/*")") ==
              Lines{"r:2: /addresses/1: \"a/*\" is as specific as \"a/+\" of r:1 /addresses/0 for "
                    "addresses that match both; keep one of them"});
        CHECK(pair(R"("prefix": "a")", R"("address": "a/#")").size() == 1);
        CHECK(pair(R"("prefix": "a.b")", R"("pattern": "a/b/#")").size() == 1);
        CHECK(pair(R"("address": "a")", R"("address": "a")").size() == 1);
        CHECK(pair(R"("pattern": "#/a/#")", R"("pattern": "#/b/#")").size() == 1);
        CHECK(pair(R"("pattern": "#/a/b")", R"("pattern": "#/a/c")") == Lines{});
        CHECK(pair(R"("address": "a")", R"("prefix": "a")") == Lines{});
        CHECK(pair(R"("address": "a/+")", R"("address": "a/#")") == Lines{});
        CHECK(pair(R"("address": "a/+/c")", R"("address": "a/b/+")") == Lines{});
        CHECK(pair(R"("pattern": "a/+")", R"("address": "a/+")") == Lines{});
    }

    TEST_CASE("log levels are known ones") {
        const auto loaded = load(R"({"log": [{"module": "HTTP", "enable": "loud"}]})");
        REQUIRE(loaded.lines.size() == 1);
        CHECK(loaded.lines[0].starts_with("r:1: /log/0/enable: "));
        CHECK(load(R"({"log": [{"enable": "info+"}]})")
                  .lines.at(0)
                  .starts_with("r:1: /log/0: needs \"module\": one of DEFAULT, ROUTER, "));
    }
}
