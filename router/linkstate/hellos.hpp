#pragma once

#include "common/base/time.hpp"
#include "router/linkstate/control_sender.hpp"
#include "router/linkstate/ground.hpp"
#include "router/linkstate/messages.hpp"
#include "router/linkstate/neighbours.hpp"

#include <algorithm>

namespace weft::linkstate {

/// What is said to neighbours, and when: HELLOs each hello_interval, and each fast_hello to Weft
/// routers.
///
/// A HELLO may promise when the next one comes. What was promised last is kept also to a neighbour
/// that is not to get such HELLOs any more: the next one takes the promise back (I5).
///
/// Threading: loop-confined.
class Hellos {
public:
    /// Between two that are sent out of turn.
    static constexpr Duration kAnswerGap = std::chrono::milliseconds(100);

    /// All must outlive it.
    Hellos(const Ground& ground, Neighbours& neighbours, ControlSender& sender)
        : ground_{ground}, neighbours_{neighbours}, sender_{sender} {}

    /// To a connection that has just come up.
    void greet(Adjacency& adjacency, Instant now);
    /// Out of turn, because the neighbour does not hear us yet, or was not heard before.
    void answer(Adjacency& adjacency, Instant now);
    void say_due(Instant now);
    Instant deadline() const { return std::min(due_, fast_due_); }

    /// How soon the neighbour promises another HELLO; 0: it does not, or its promise does not
    /// count: a neighbour that was lost of late without a restart may just be slow.
    Duration promised_by(const Adjacency& adjacency, const Hello& hello, Instant now) const;

private:
    void say(Adjacency& adjacency, Instant now);
    bool is_fast(const Adjacency& adjacency) const;

    const Ground& ground_;
    Neighbours& neighbours_;
    ControlSender& sender_;
    Instant due_ = kNever;
    Instant fast_due_ = kNever;
};

}  // namespace weft::linkstate
