#pragma once

#include "common/io/loop.hpp"
#include "router/node/shards.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

namespace weft::router_mgmt {

/// Questions to the shards of a router, of which the other loops answer in time or not at all:
/// nobody waits for a loop that is busy.
///
///   a question   asked ──▶ answered
///                  └─ kAnswerMax ─▶ late ──▶ what comes then is dropped
///   a loop       answers ──a question is late──▶ silent ──the late answer comes──▶ answers
///
/// Nobody waits for one that is silent. Home is never late: its own turns do what is asked.
/// Threading: loop-confined (home's loop).
class OtherLoops final {
public:
    static constexpr Duration kAnswerMax = std::chrono::seconds{1};

    /// Does a part of what is asked, at most a turn of the shard's loop on it, and adds to what it
    /// found. True: that is all.
    template <class Found>
    using Step = std::function<bool(node::Shard& shard, Found& found)>;
    /// Gets what was found; null if the loop did not answer in time.
    template <class Found>
    using Answered = std::function<void(Found* found)>;

    /// `shards` must outlive it.
    explicit OtherLoops(node::Shards& shards, Duration answer_max = kAnswerMax);
    OtherLoops(const OtherLoops&) = delete;
    OtherLoops& operator=(const OtherLoops&) = delete;

    /// Asks a shard: each step is a turn of its loop, and `answered` is called in a turn of home's.
    /// Where nothing is waited for, before this returns: home itself if one step is all, shards
    /// that do not run, and those that are silent. `step` goes to another thread, and may be
    /// dropped there.
    template <class Found>
    void ask(std::size_t index, Step<Found> step, Answered<Found> answered) {
        ask_question(index,
                     std::make_shared<QuestionOf<Found>>(std::move(step), std::move(answered)));
    }

    bool is_silent(std::size_t index) const { return silent_[index]; }
    /// Questions that were not answered in time, or not asked because the loop was silent.
    std::uint64_t unanswered() const { return unanswered_; }
    node::Shards& shards() const { return shards_; }

private:
    struct Question {
        virtual ~Question() = default;
        virtual bool go_on(node::Shard& shard) = 0;
        virtual void answer(bool in_time) = 0;
    };
    template <class Found>
    struct QuestionOf final : Question {
        QuestionOf(Step<Found> of, Answered<Found> to)
            : step{std::move(of)}, answered{std::move(to)} {}
        bool go_on(node::Shard& shard) override { return step(shard, found); }
        void answer(bool in_time) override {
            std::exchange(answered, nullptr)(in_time ? &found : nullptr);
        }
        Step<Found> step;
        Answered<Found> answered;
        Found found{};  // the asked loop's until it has answered
    };
    struct Asked {
        std::size_t index = 0;
        std::shared_ptr<Question> question;
        io::Timer late;
    };
    struct Errand;

    void ask_question(std::size_t index, std::shared_ptr<Question> question);
    void on_answer(std::uint64_t number, std::size_t index, bool complete);
    void on_late(std::uint64_t number);

    node::Shards& shards_;
    io::Loop& home_;
    Duration answer_max_;
    std::vector<bool> silent_;  // by shard
    std::uint64_t unanswered_ = 0;
    std::uint64_t last_number_ = 0;
    std::map<std::uint64_t, Asked> asked_;  // and not answered, by number
    std::shared_ptr<OtherLoops*> self_;     // answers find it gone
};

}  // namespace weft::router_mgmt
