#pragma once

#include <functional>
#include <string>

namespace weft::mgmt {

/// What a daemon knows elsewhere than on the agent's loop. A source that lacks something asks there
/// and goes on without; the request is served again once that is known, until nothing is lacking.
///
///   a request   waits for those before it ──▶ attempted ──lacks nothing──▶ done
///                                             ▲       └─lacks─▶ asked ──┐
///                                             └──── it is known ────────┘
///
/// Threading: loop-confined (the agent's loop).
class Elsewhere {
public:
    Elsewhere() = default;
    Elsewhere(const Elsewhere&) = delete;
    Elsewhere& operator=(const Elsewhere&) = delete;
    virtual ~Elsewhere() = default;

    /// Serves a request: runs `attempt` until it lacks nothing, then `done`; at once if it can.
    /// Both are dropped if this goes before. False: too many requests wait already.
    [[nodiscard]] virtual bool serve(std::function<void()> attempt, std::function<void()> done) = 0;
    /// The attempt under way lacks something: what it answers is thrown away, and it may change
    /// nothing.
    virtual bool lacks() const = 0;
    /// What its answer leaves out because it can't be known in time, as a sentence: "loop 2 is
    /// busy…"; empty: nothing.
    virtual std::string missing() const = 0;
};

}  // namespace weft::mgmt
