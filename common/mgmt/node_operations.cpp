#include "common/base/conditions.hpp"
#include "common/mgmt/agent.hpp"
#include "common/mgmt/catalogue_schema.hpp"
#include "common/mgmt/json.hpp"
#include "common/mgmt/target.hpp"

#include <algorithm>

namespace weft::mgmt {
namespace {

using wire::Value;

constexpr int kIndentMax = 16;

Reply ok(Value body) {
    return {.description = "OK", .body = std::move(body)};
}

}  // namespace

wire::List Agent::node_addresses() const {
    wire::List addresses;
    if (nodes_) {
        std::ranges::move(nodes_(), std::back_inserter(addresses));
    }
    return addresses;
}

wire::List Agent::log_lines(std::optional<std::int64_t> limit) const {
    wire::List lines;
    if (!log_) {
        return lines;
    }
    const std::int64_t most = kLogLinesMax;
    const std::int64_t wanted = limit.value_or(0) > 0 ? std::min(*limit, most) : most;
    for (LogLine& line : log_(static_cast<std::size_t>(wanted))) {
        lines.emplace_back(wire::List{std::move(line.module), std::move(line.level),
                                      std::move(line.text), std::move(line.file), line.line,
                                      line.seconds});
    }
    return lines;
}

Agent::Answer Agent::node_operation(const Target& target) {
    const EntityType& node = *catalogue_.find("management");
    const bool here = target.type == nullptr || node.is_a(*target.type);
    const EntityType& addressed = here ? node : *target.type;
    if (!here || !node.supports(target.operation)) {
        return fail(kNotImplemented, Catalogue::unsupported(addressed, target.operation));
    }
    if (target.operation == "GET-TYPES") {
        return ok(type_bases(catalogue_, target.entity_type));
    }
    if (target.operation == "GET-ATTRIBUTES") {
        return ok(type_attributes(catalogue_, target.entity_type));
    }
    if (target.operation == "GET-OPERATIONS") {
        return ok(type_operations(catalogue_, target.entity_type));
    }
    if (target.operation == "GET-ANNOTATIONS") {
        return ok(wire::Map{});
    }
    if (target.operation == "GET-MGMT-NODES") {
        return ok(node_addresses());
    }
    if (target.operation == "GET-SCHEMA") {
        return ok(schema(catalogue_));
    }
    if (target.operation == "GET-JSON-SCHEMA") {
        const std::int64_t indent = target.indent.value_or(-1);
        return ok(to_json(schema(catalogue_),
                          static_cast<int>(std::clamp<std::int64_t>(indent, -1, kIndentMax))));
    }
    return ok(log_lines(target.limit));  // GET-LOG
}

}  // namespace weft::mgmt
