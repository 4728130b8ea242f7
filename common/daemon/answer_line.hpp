#pragma once

#include "common/io/loop.hpp"

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>

namespace weft::daemon {

/// Who may have an answer worked at. Long ones grow in pieces, and each that grows keeps what it
/// has and stands before everybody else's requests with its next piece: so only some do at once,
/// and the others wait their turn.
///
///     enter ──▶ waiting ──a place is free──▶ begun ──its place is dropped──▶ done
///
/// Threading: loop-confined.
class AnswerLine {
public:
    static constexpr std::size_t kAtOnce = 4;
    static constexpr std::size_t kWaitingMax = 200;

    /// To be kept as long as the answer is worked at.
    using Place = std::shared_ptr<void>;
    using Begin = std::function<void(const Place& place)>;

    /// `loop` must outlive it.
    explicit AnswerLine(io::Loop& loop) : loop_{loop}, self_{std::make_shared<AnswerLine*>(this)} {}
    AnswerLine(const AnswerLine&) = delete;
    AnswerLine& operator=(const AnswerLine&) = delete;

    /// Calls `begin`, at once or in a later turn, or never if this goes before. False: too many
    /// wait.
    [[nodiscard]] bool enter(Begin begin);

private:
    Place take_place();
    void give_back();
    void begin_next();

    io::Loop& loop_;
    std::deque<Begin> waiting_;
    std::size_t begun_ = 0;
    io::Timer next_;
    std::shared_ptr<AnswerLine*> self_;  // places find it gone
};

}  // namespace weft::daemon
