#pragma once

#include "common/base/assert.hpp"
#include "common/mgmt/elsewhere.hpp"
#include "router/mgmt/other_loops.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace weft::router_mgmt {

/// What the loops say about the request that is served. What a loop said once holds until that
/// request is done, however often it is attempted. A request has a turn of its own: what is asked
/// when one is done waits for the next.
/// Threading: loop-confined (home's loop).
class Survey final : public mgmt::Elsewhere {
public:
    /// Requests that may wait for those before them.
    static constexpr std::size_t kWaitingMax = 200;

    /// `loops` must outlive it.
    explicit Survey(OtherLoops& loops) : loops_{loops}, self_{std::make_shared<Survey*>(this)} {}

    /// What the shard `index` finds when it is asked `what`, a name of the question that says all
    /// of it; null if that is not known yet (`lacks`) or will not be (`missing`).
    template <class Found>
    const Found* ask(std::size_t index,
                     const std::string& what,
                     const OtherLoops::Step<Found>& step) {
        WEFT_CHECK(attempting_);
        const auto [at, is_new] = told_.try_emplace({index, what});
        if (is_new) {
            pose<Found>(index, what, step);
        }
        return static_cast<const Found*>(at->second.get());
    }

    std::size_t size() const { return shards().size(); }
    node::Shards& shards() const { return loops_.shards(); }
    node::Shard& home() const { return shards().home(); }

    // mgmt::Elsewhere
    bool serve(std::function<void()> attempt, std::function<void()> done) override;
    bool lacks() const override { return open_ > 0; }
    std::string missing() const override;

private:
    struct Waiting {
        std::function<void()> attempt;
        std::function<void()> done;
    };
    /// The shard, and what it was asked.
    using Question = std::pair<std::size_t, std::string>;

    template <class Found>
    void pose(std::size_t index, const std::string& what, const OtherLoops::Step<Found>& step) {
        ++open_;
        loops_.ask<Found>(index, step,
                          [self = std::weak_ptr<Survey*>{self_}, request = request_,
                           question = Question{index, what}](Found* found) {
                              const auto survey = self.lock();
                              if (survey && (*survey)->request_ == request) {
                                  (*survey)->note(question,
                                                  found == nullptr
                                                      ? nullptr
                                                      : std::make_shared<Found>(std::move(*found)));
                              }
                          });
    }
    void note(const Question& question, std::shared_ptr<void> found);
    void attempt();
    void await_turn();
    void finish();

    OtherLoops& loops_;
    std::deque<Waiting> waiting_;                     // the first is served
    std::uint64_t request_ = 0;                       // its number
    std::map<Question, std::shared_ptr<void>> told_;  // null: not yet, or it is in `silent_`
    std::set<std::size_t> silent_;                    // shards that did not tell something
    std::size_t open_ = 0;                            // questions that are not answered
    bool attempting_ = false;
    std::optional<Instant> finished_;  // the turn in which one was done last
    io::Timer next_;
    std::shared_ptr<Survey*> self_;  // answers find it gone
};

}  // namespace weft::router_mgmt
