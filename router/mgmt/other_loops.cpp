#include "router/mgmt/other_loops.hpp"

namespace weft::router_mgmt {

/// A question on its way through the turns of the asked loop, and back.
struct OtherLoops::Errand {
    node::Shard& shard;
    io::Loop& home;
    std::weak_ptr<OtherLoops*> asker;
    std::uint64_t number;
    std::size_t index;
    std::shared_ptr<Question> question;

    static void go_on(Errand errand) {
        io::Loop& loop = errand.shard.loop();
        loop.post([errand = std::move(errand)]() mutable {
            bool done = true;
            // One that fails has answered, too: its loop is not silent.
            const bool complete =
                io::Loop::attempt([&] { done = errand.question->go_on(errand.shard); });
            if (!done) {
                go_on(std::move(errand));
                return;
            }
            report(std::move(errand), complete);
        });
    }

    static void report(Errand errand, bool complete) {
        io::Loop& asking = errand.home;
        asking.post([errand = std::move(errand), complete] {
            if (const auto alive = errand.asker.lock()) {
                (*alive)->on_answer(errand.number, errand.index, complete);
            }
        });
    }
};

OtherLoops::OtherLoops(node::Shards& shards, Duration answer_max)
    : shards_{shards},
      home_{shards.home().loop()},
      answer_max_{answer_max},
      silent_(shards.size()),
      self_{std::make_shared<OtherLoops*>(this)} {}

void OtherLoops::ask_question(std::size_t index, std::shared_ptr<Question> question) {
    if (silent_[index]) {
        ++unanswered_;
        question->answer(/*in_time=*/false);
        return;
    }
    const bool is_home = index == 0;
    if (is_home || !shards_.are_running()) {
        bool done = question->go_on(shards_.at(index));
        while (!done && !is_home) {
            done = question->go_on(shards_.at(index));
        }
        if (done) {
            question->answer(/*in_time=*/true);
            return;
        }
    }
    const std::uint64_t number = ++last_number_;
    Asked& asked = asked_.emplace(number, Asked{index, question, {}}).first->second;
    if (!is_home) {
        asked.late = home_.after(answer_max_, [this, number] { on_late(number); });
    }
    Errand::go_on({shards_.at(index), home_, self_, number, index, std::move(question)});
}

void OtherLoops::on_answer(std::uint64_t number, std::size_t index, bool complete) {
    silent_[index] = false;
    if (auto asked = asked_.extract(number)) {
        unanswered_ += complete ? 0U : 1U;
        asked.mapped().question->answer(complete);
    }
}

void OtherLoops::on_late(std::uint64_t number) {
    const auto asked = asked_.extract(number);
    silent_[asked.mapped().index] = true;
    ++unanswered_;
    asked.mapped().question->answer(/*in_time=*/false);
}

}  // namespace weft::router_mgmt
