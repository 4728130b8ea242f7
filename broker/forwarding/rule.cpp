#include "broker/forwarding/rule.hpp"

#include "common/base/printable.hpp"

namespace weft::forwarding {

std::string why_no_rule(std::string_view queue, const Rule& rule) {
    if (rule.to.empty()) {
        return "its forward names no address: say where to";
    }
    if (rule.to == queue) {
        return "'" + printable(queue) + "' would be forwarded to itself: name another address";
    }
    return "";
}

}  // namespace weft::forwarding
