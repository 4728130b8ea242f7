#include "common/config/json_text.hpp"

#include "common/json/tree.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <variant>

namespace weft::config {

namespace {

Place place_of(json::Position at, Place start) {
    return {start.file, start.line + at.line - 1};
}

Node node_of(json::Node from, Place start);

/// A value as a configuration has it.
struct Content {
    Place start;

    using Value = decltype(Node::value);

    template <class Scalar>
    Value operator()(Scalar& value) const {
        return std::move(value);
    }
    Value operator()(std::uint64_t& value) const { return static_cast<double>(value); }
    Value operator()(json::List& list) const {
        List nodes;
        nodes.reserve(list.size());
        for (json::Node& each : list) {
            const auto index = static_cast<std::uint32_t>(nodes.size());
            nodes.push_back(node_of(std::move(each), start));
            nodes.back().index = index;
        }
        return nodes;
    }
    Value operator()(json::Object& object) const {
        Object members;
        members.reserve(object.size());
        for (json::Member& each : object) {
            members.push_back({std::move(each.name), node_of(std::move(each.node), start)});
        }
        return members;
    }
};

Node node_of(json::Node from, Place start) {
    return {std::visit(Content{start}, from.value), place_of(from.at, start), 0, false};
}

}  // namespace

std::optional<Node> parse_json(std::string_view text, Place place, Faults& faults) {
    json::Reading reading = json::read(text, {.limits = kJsonLimits, .comments = true});
    for (json::TextFault& fault : reading.faults) {
        faults.error(place_of(fault.at, place), fault.pointer, std::move(fault.text));
    }
    if (!reading.root) {
        return std::nullopt;
    }
    return node_of(std::move(*reading.root), place);
}

}  // namespace weft::config
