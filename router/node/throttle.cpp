#include "router/node/throttle.hpp"

#include <cstddef>
#include <utility>

namespace weft::node {
namespace {

/// More than any session's window has.
constexpr std::ptrdiff_t kWindow = std::ptrdiff_t{1} << 48;

}  // namespace

void Throttle::hold(amqp::Session& session, Duration time) {
    if (held_.insert(&session).second) {
        session.hold(kWindow);
    }
    timer_ = loop_.after(time, [this] { release(); });
}

void Throttle::release() {
    for (amqp::Session* const session : std::exchange(held_, {})) {
        session->hold(-kWindow);
    }
    wake_();
}

}  // namespace weft::node
