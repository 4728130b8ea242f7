#pragma once

#include "common/base/conditions.hpp"
#include "common/mgmt/agent.hpp"
#include "common/mgmt/http_api.hpp"
#include "tests/unit/mgmt/fake_catalogue.hpp"

#include <string>
#include <utility>
#include <vector>

namespace weft::mgmt::test {

/// Rows in memory that can be created, changed and removed.
class FakeSource final : public Source {
public:
    std::size_t size() const override { return rows.size(); }

    void read(std::size_t offset, std::size_t count, const Visit& visit) const override {
        for (std::size_t i = offset; i < rows.size() && i - offset < count; ++i) {
            ++visited;
            if (!visit(rows[i])) {
                return;
            }
        }
    }

    Result<Row> create(std::string_view name, Attributes attributes) override {
        if (refusal) {
            return tl::unexpected(*refusal);
        }
        return rows.emplace_back(Row{.identity = "made/" + std::to_string(rows.size()),
                                     .name = std::string{name},
                                     .attributes = std::move(attributes)});
    }

    Result<Row> update(const std::string& identity, Attributes given) override {
        ++updates;
        for (Row& row : rows) {
            if (row.identity == identity) {
                for (const auto& [name, value] : given) {
                    row.attributes.set(name, value);
                }
                changes = std::move(given);
                return row;
            }
        }
        return fail(kNotFound, "gone meanwhile");
    }

    Result<void> remove(const std::string& identity) override {
        std::erase_if(rows, [&](const Row& row) { return row.identity == identity; });
        return {};
    }

    Result<void> remove_by_force(const std::string& identity) override {
        forced.push_back(identity);
        return remove(identity);
    }

    std::vector<Row> rows;
    std::vector<std::string> forced;  // removed so
    std::optional<Error> refusal;
    Attributes changes;  // of the last update
    int updates = 0;
    mutable std::size_t visited = 0;
};

/// A small router: listeners l0 to l2, a link and a connection that are both called 7, a log, two
/// nodes, itself; link routes and vhosts can be made; nothing serves sslProfile.
struct FakeDaemon {
    FakeDaemon() {
        for (int i = 0; i < 3; ++i) {
            const std::string name = "l" + std::to_string(i);
            listeners.rows.push_back(
                {.identity = "listener/0.0.0.0:567" + std::to_string(i) + ":" + name,
                 .name = name,
                 .attributes = {{"port", "567" + std::to_string(i)}, {"host", "0.0.0.0"}}});
        }
        links.rows.push_back({.identity = "7",
                              .name = {},
                              .attributes = {{"linkName", "sender"},
                                             {"adminStatus", "enabled"},
                                             {"deliveryCount", std::uint64_t{12}}}});
        connections.rows.push_back(
            {.identity = "7", .name = {}, .attributes = {{"host", "127.0.0.1:4711"}}});
        logs.rows.push_back(
            {.identity = "log/DEFAULT",
             .name = {},
             .attributes = {{"module", "DEFAULT"}, {"enable", "info+"}, {"includeSource", false}}});
        for (const char* id : {"solo", "far"}) {
            nodes.rows.push_back({.identity = std::string{"router.node/"} + id,
                                  .name = {},
                                  .attributes = {{"id", id}}});
        }
        routers.rows.push_back(
            {.identity = "router/solo",
             .name = {},
             .attributes = {{"id", "solo"}, {"blockedLinkCount", std::uint32_t{3}}}});
        agent.serve("router", routers);
        agent.serve("listener", listeners);
        agent.serve("connector", connectors);
        agent.serve("connection", connections);
        agent.serve("router.link", links);
        agent.serve("router.node", nodes);
        agent.serve("router.config.linkRoute", link_routes);
        agent.serve("vhost", vhosts);
        agent.serve("log", logs);
        agent.serve("console", consoles);
    }

    Reply ask(wire::Map properties, wire::Value body = {}) {
        return agent.handle({.properties = std::move(properties), .body = std::move(body)});
    }

    FakeSource routers, listeners, connectors, connections, links, nodes, link_routes, vhosts, logs,
        consoles;
    Agent agent{fake_catalogue()};
};

/// The answer to a request, however many pieces it takes.
inline HttpResponse served_http(Agent& agent, HttpRequest request, Requester who = {}) {
    HttpExchange exchange{agent, std::move(request), std::move(who)};
    do {
        exchange.attempt();
    } while (!exchange.keep());
    return exchange.take();
}

inline const wire::Map& map_in(const wire::Value& value) {
    static const wire::Map kNone;
    const auto* map = value.as<wire::Map>();
    return map == nullptr ? kNone : *map;
}

inline const wire::List& list_in(const wire::Value& value) {
    static const wire::List kNone;
    const auto* list = value.as<wire::List>();
    return list == nullptr ? kNone : *list;
}

/// The value under a key; null if the value isn't a map or has no such key.
inline wire::Value at(const wire::Value& value, std::string_view key) {
    const wire::Value* found = wire::find(map_in(value), key);
    return found == nullptr ? wire::Value{} : *found;
}

inline bool mentions(const Reply& reply, std::string_view text) {
    return reply.description.find(text) != std::string::npos;
}

inline bool has(const wire::Value& value, std::string_view key) {
    return wire::find(map_in(value), key) != nullptr;
}

inline const std::string kListener = "org.apache.qpid.dispatch.listener";
inline const std::string kLink = "org.apache.qpid.dispatch.router.link";

}  // namespace weft::mgmt::test
