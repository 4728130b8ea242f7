#pragma once

#include "common/amqp/session.hpp"
#include "common/base/time.hpp"
#include "common/io/loop.hpp"

#include <boost/unordered/unordered_flat_set.hpp>

#include <functional>
#include <utility>

namespace weft::node {

/// Sessions of one connection whose peer is to send nothing for a while: they offer it no window
/// meanwhile. What it was offered before may still come.
/// Threading: loop-confined. Spec: AMQP 1.0 §2.5.6
class Throttle final {
public:
    /// `wake`: what sessions say is to be written.
    Throttle(io::Loop& loop, std::function<void()> wake) : loop_{loop}, wake_{std::move(wake)} {}

    /// From now on, with all that are held already.
    void hold(amqp::Session& session, Duration time);
    bool holds(amqp::Session& session) const { return held_.contains(&session); }
    /// It is over.
    void forget(amqp::Session& session) { held_.erase(&session); }

private:
    void release();

    io::Loop& loop_;
    std::function<void()> wake_;
    boost::unordered_flat_set<amqp::Session*> held_;
    io::Timer timer_;
};

}  // namespace weft::node
