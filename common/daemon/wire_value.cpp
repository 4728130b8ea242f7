#include "common/daemon/wire_value.hpp"

namespace weft::daemon {
namespace {

struct Converter {
    wire::Value operator()(std::monostate) const { return {}; }
    wire::Value operator()(const config::List& nodes) const {
        wire::List list;
        for (const config::Node& node : nodes) {
            list.push_back(wire_value(node));
        }
        return list;
    }
    wire::Value operator()(const config::Object& members) const {
        wire::Map map;
        for (const config::Member& member : members) {
            map.emplace_back(member.name, wire_value(member.node));
        }
        return map;
    }
    template <class Scalar>
    wire::Value operator()(const Scalar& scalar) const {
        return scalar;
    }
};

}  // namespace

wire::Value wire_value(const config::Node& node) {
    return std::visit(Converter{}, node.value);
}

}  // namespace weft::daemon
