#include "common/daemon/password_checks.hpp"

#include "common/io/process.hpp"

#include <algorithm>
#include <utility>

namespace weft::daemon {
namespace {

using security::LoginFault;

Buffer random_key() {
    const auto bytes = io::random_bytes();
    return {bytes.begin(), bytes.end()};
}

}  // namespace

PasswordChecks::PasswordChecks(io::Loop& loop, security::GuessLimits& limits)
    : loop_{loop}, limits_{limits}, known_{random_key()} {
    const unsigned at_once = std::clamp(io::processors() / 2, 1U, kAtOnceMax);
    for (unsigned i = 0; i < at_once; ++i) {
        errands_.push_back(std::make_unique<io::Errand>(loop));
    }
}

void PasswordChecks::ask(Question question) {
    const security::PasswordGuess& guess = question.guess;
    if (!limits_.may_guess(question.host, guess.user, loop_.now())) {
        question.done(LoginFault::limited);
    } else if (question.check.is_users &&
               known_.knows(guess.user, question.check.verifier, guess.password)) {
        question.done(std::nullopt);
    } else if (waiting_.size() >= kWaitingMax) {
        question.done(LoginFault::busy);
    } else {
        waiting_.push_back(std::move(question));
        go_on();
    }
}

/// Others were looked at meanwhile, and some were wrong: limits are asked again.
void PasswordChecks::go_on() {
    const auto idle =
        std::ranges::find_if(errands_, [](const auto& errand) { return !errand->is_running(); });
    while (idle != errands_.end() && !(*idle)->is_running() && !waiting_.empty()) {
        Question question = std::move(waiting_.front());
        waiting_.pop_front();
        if (!question.is_wanted()) {
            continue;
        }
        if (limits_.may_guess(question.host, question.guess.user, loop_.now())) {
            start(**idle, std::move(question));
        } else {
            question.done(LoginFault::limited);
        }
    }
}

void PasswordChecks::start(io::Errand& errand, Question question) {
    struct Paper {
        Question question;
        bool right = false;
    };
    const auto paper = std::make_shared<Paper>(Paper{.question = std::move(question)});
    errand.run(
        [paper]() -> Result<void> {
            const Question& asked = paper->question;
            paper->right = is_password_of(asked.check.verifier, asked.guess.password);
            return {};
        },
        [this, paper](const Result<void>&) {
            finish(paper->question, paper->right);
            go_on();
        });
}

void PasswordChecks::finish(Question& question, bool right) {
    security::PasswordGuess& guess = question.guess;
    const bool is_users = question.check.is_users;
    if (right && is_users) {
        known_.remember(guess.user, question.check.verifier, guess.password);
        question.done(std::nullopt);
    } else {
        limits_.count(question.host, guess.user, loop_.now());
        question.done(is_users ? LoginFault::password : LoginFault::user);
    }
    security::wipe(guess.password);
}

}  // namespace weft::daemon
