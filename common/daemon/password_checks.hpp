#pragma once

#include "common/base/bytes.hpp"
#include "common/io/errand.hpp"
#include "common/io/loop.hpp"
#include "common/security/guess_limits.hpp"
#include "common/security/known_passwords.hpp"
#include "common/security/login.hpp"

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weft::daemon {

/// Finds out whether passwords that came in plain are right, away from the loop, since that costs
/// much on purpose: a few at a time, one after the other in the order in which they came. One that
/// was right before costs little.
///
/// What waits is bounded, and so is what is guessed wrong; who has gone by then is passed over.
/// Threading: loop-confined (loop 0).
class PasswordChecks {
public:
    /// Passwords that wait; each has at most some 1,300 bytes.
    static constexpr std::size_t kWaitingMax = 4096;
    static constexpr unsigned kAtOnceMax = 4;

    /// Nothing: it is right.
    using Done = std::function<void(std::optional<security::LoginFault> fault)>;
    struct Question {
        security::PasswordGuess guess;
        security::Check check;
        std::string host;
        /// False: nobody waits for the answer any more.
        std::function<bool()> is_wanted;
        Done done;
    };

    /// `loop` and `limits` must outlive it.
    PasswordChecks(io::Loop& loop, security::GuessLimits& limits);

    /// Calls `done` once, within the call or later, unless nobody wants it or this ends first.
    void ask(Question question);
    std::size_t waiting() const { return waiting_.size(); }

private:
    void go_on();
    void start(io::Errand& errand, Question question);
    void finish(Question& question, bool right);

    io::Loop& loop_;
    security::GuessLimits& limits_;
    security::KnownPasswords known_;
    std::deque<Question> waiting_;
    std::vector<std::unique_ptr<io::Errand>> errands_;  // last: they are waited for first
};

}  // namespace weft::daemon
