#include "router/mgmt/survey.hpp"

namespace weft::router_mgmt {

bool Survey::serve(std::function<void()> attempt, std::function<void()> done) {
    if (waiting_.size() >= kWaitingMax) {
        return false;
    }
    waiting_.push_back({std::move(attempt), std::move(done)});
    if (waiting_.size() == 1) {
        finished_ == home().loop().now() ? await_turn() : this->attempt();
    }
    return true;
}

void Survey::await_turn() {
    next_ = home().loop().after(Duration::zero(), [this] { attempt(); });
}

void Survey::attempt() {
    attempting_ = true;
    const bool whole = io::Loop::attempt(waiting_.front().attempt);
    attempting_ = false;
    if (!whole) {
        open_ = 0;  // it asks no more: who asked finds no answer made
    }
    if (!lacks()) {
        finish();
    }
}

void Survey::note(const Question& question, std::shared_ptr<void> found) {
    --open_;
    if (found == nullptr) {
        silent_.insert(question.first);
    }
    told_[question] = std::move(found);
    if (!lacks() && !attempting_) {
        attempt();
    }
}

void Survey::finish() {
    ++request_;
    told_.clear();
    silent_.clear();
    const std::function<void()> done = std::move(waiting_.front().done);
    waiting_.pop_front();
    if (!waiting_.empty()) {
        await_turn();
    }
    finished_ = home().loop().now();
    done();
}

std::string Survey::missing() const {
    if (silent_.empty()) {
        return {};
    }
    std::string text = silent_.size() == 1 ? "loop" : "loops";
    for (const std::size_t index : silent_) {
        text += (index == *silent_.begin() ? " " : ", ") + std::to_string(index);
    }
    return text + " of the router " + (silent_.size() == 1 ? "is" : "are") +
           " busy and did not answer in time: what is there is left out";
}

}  // namespace weft::router_mgmt
