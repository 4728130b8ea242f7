/// How far a queue is of which messages leave, for people.
#include "broker/node/broker_connection.hpp"
#include "broker/node/forward.hpp"
#include "common/base/printable.hpp"

#include <array>
#include <cmath>

namespace weft::broker {
namespace {

/// By ForwardState.
constexpr std::array<std::string_view, 9> kForwardStates{"none",
                                                         "impossible",
                                                         "idle",
                                                         "no-router",
                                                         "attaching",
                                                         "forwarding",
                                                         "waiting-for-credit",
                                                         "waiting-for-outcome",
                                                         "backing-off"};

}  // namespace

std::string_view name_of(ForwardState state) {
    return kForwardStates[static_cast<std::size_t>(state)];
}

bool Forward::is_resting(Instant now) const {
    using Stage = forwarding::Course::Stage;
    return course_.stage() == Stage::resting ||
           (course_.stage() == Stage::waiting && !course_.wants_link(now));
}

ForwardState Forward::state() const {
    using Stage = forwarding::Course::Stage;
    const Instant now = loop_.now();
    if (!rule_) {
        return impossible_.empty() ? ForwardState::none : ForwardState::impossible;
    }
    if (queue_.machine().depth() == 0) {
        return ForwardState::idle;
    }
    if (is_resting(now)) {
        return ways().empty() ? ForwardState::no_router : ForwardState::backing_off;
    }
    if (!course_.has_link() || course_.stage() == Stage::attaching) {
        return ways().empty() ? ForwardState::no_router : ForwardState::attaching;
    }
    if (!is_idle()) {
        return course_.stands(now) ? ForwardState::waiting_for_outcome : ForwardState::forwarding;
    }
    if (link_->credit() == 0) {
        return ForwardState::waiting_for_credit;
    }
    // With credit and nothing under way: what is there waits for its time, or stays.
    return pace_due_ == kNever ? ForwardState::idle : ForwardState::forwarding;
}

std::uint64_t Forward::per_second() const {
    return static_cast<std::uint64_t>(std::llround(course_.rate(loop_.now())));
}

/// Of an open link over which nothing leaves. Routers may hold some until there is somebody.
std::string Forward::credit_trouble() const {
    const std::string why =
        rule_ ? "nobody takes them: '" + printable(rule_->to) +
                    "' has no consumer or broker that the router reaches, or these are full"
              : "no other broker takes them: none of the queue is connected, or all are full";
    return is_idle()
               ? why
               : why + "; the router '" + printable(connection_->engine().remote_container()) +
                     "' holds " + std::to_string(link_->unsettled()) + " until one does";
}

std::string Forward::trouble() const {
    using Stage = forwarding::Course::Stage;
    if (!kept_.empty() || !held_back_.empty()) {
        return kept_.empty() ? held_back_ : kept_;
    }
    if (!impossible_.empty() && !queue_.entry().is_draining()) {
        return impossible_;
    }
    if (queue_.machine().depth() == 0 && promised() > 0) {
        return "transactions that are open have " + std::to_string(promised()) + " messages for it";
    }
    if (!course_.error().empty() || queue_.machine().depth() == 0) {
        return course_.error();
    }
    if (course_.stage() == Stage::waiting) {
        return rule_ ? "no router is connected"
                     : "no router that keeps addresses at this broker is connected";
    }
    if (course_.stage() == Stage::attaching) {
        return "the router has not answered the attach of a link yet";
    }
    return course_.stage() != Stage::open || course_.rate(loop_.now()) > 0 ? "" : credit_trouble();
}

}  // namespace weft::broker
