#pragma once

#include "common/base/http.hpp"
#include "common/base/time.hpp"
#include "common/daemon/answer_line.hpp"
#include "common/mgmt/agent.hpp"

#include <functional>
#include <memory>

namespace weft::daemon {

/// What the processor has worked for this thread: others' turns do not count.
Duration thread_time();

/// Where requests of the management API are answered, over HTTP and for those who watch: in pieces,
/// and few at once (AnswerLine).
/// Threading: loop-confined (the agent's loop).
class ApiDesk {
public:
    /// False, when nobody waits for the answer any more: it is not worked at further.
    using IsAwaited = std::function<bool()>;
    /// Called once, at once or later, if it is awaited. `worked`: time of this loop's processor.
    using Take = std::function<void(HttpResponse answer, Duration worked)>;

    /// Both must outlive it.
    ApiDesk(io::Loop& loop, mgmt::Agent& agent) : agent_{agent}, line_{loop} {}

    /// 503 where too many requests wait already.
    void answer(HttpRequest request, const mgmt::Requester& who, IsAwaited is_awaited, Take take);

private:
    struct Work;

    void go_on(const std::shared_ptr<Work>& work);

    mgmt::Agent& agent_;
    AnswerLine line_;
};

}  // namespace weft::daemon
