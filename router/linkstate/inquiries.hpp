#pragma once

#include "common/base/router_index.hpp"
#include "common/base/time.hpp"
#include "router/linkstate/database.hpp"

#include <cstdint>
#include <functional>
#include <queue>
#include <utility>
#include <vector>

namespace weft::linkstate {

/// What is asked of whom, and when again.
///
///     closed ──ask──▶ open ──its time, and there is a path──▶ asked, again after a gap that
///     doubles open ──close: answered, or not needed──▶ closed
///
/// The inquiries themselves stand in the routers' records. Threading: loop-confined.
class Inquiries {
public:
    static constexpr Duration kGapMin = std::chrono::milliseconds(100);  // doubles each time
    static constexpr Duration kGapMax = std::chrono::seconds(16);
    /// A router that is merely mentioned is asked a bit later: its own flood may be on the way.
    static constexpr Duration kLater = std::chrono::milliseconds(30);

    enum class Subject : std::uint8_t { links, addresses };
    struct Question {
        RouterIndex router = kNoRouter;
        Subject subject = Subject::links;
    };

    /// `database` must outlive it.
    explicit Inquiries(Database& database) : database_{database} {}

    /// Opens an inquiry that is due after `delay`, or brings one forward that was not sent yet.
    void ask(RouterIndex router, Subject subject, Duration delay, Instant now);
    void close(RouterIndex router, Subject subject) { inquiry(router, subject).open = false; }
    bool is_open(RouterIndex router, Subject subject) const;
    /// What the router is to be asked may be due now: something that it had to wait for is there.
    void reconsider(RouterIndex router) { now_.push_back(router); }

    /// What is to be asked now, in order. Of routers that can't be reached nothing is: they are
    /// reconsidered when they can be.
    [[nodiscard]] std::vector<Question> take_due(Instant now);
    /// Whether there may be something to take at once.
    bool has_some_now() const { return !now_.empty(); }
    /// When the first of the others is due; kNever if none is.
    Instant deadline() const { return later_.empty() ? kNever : later_.top().first; }

private:
    Inquiry& inquiry(RouterIndex router, Subject subject);
    bool take_turn(RouterIndex router, Subject subject, Instant now);

    Database& database_;
    std::vector<RouterIndex> now_;  // routers with an inquiry whose time may have come
    using Later = std::pair<Instant, RouterIndex>;
    std::priority_queue<Later, std::vector<Later>, std::greater<>> later_;
};

}  // namespace weft::linkstate
