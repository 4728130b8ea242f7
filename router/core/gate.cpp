#include "router/core/gate.hpp"

#include "router/core/connection.hpp"

#include <algorithm>

namespace weft::router {

void Gate::join(GateHook& link) {
    line.push_back(link);
    if (!HeldHook::is_linked()) {
        connection.held.push_back(*this);
    }
}

void Gate::leave(GateHook& link) {
    line.erase(line.iterator_to(link));
    due = std::min(due, line.size());
    if (line.empty()) {
        shut = false;  // I1: nobody would be told that it opens
        HeldHook::unlink();
    }
}

}  // namespace weft::router
