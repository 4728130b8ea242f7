#include "common/daemon/api_desk.hpp"

#include "common/io/log.hpp"
#include "common/mgmt/http_api.hpp"
#include "common/mgmt/json.hpp"

#include <ctime>
#include <string>
#include <utility>

namespace weft::daemon {
namespace {

constexpr std::size_t kRequestShownMax = 300;  // characters in the log

}  // namespace

Duration thread_time() {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

/// An answer that is worked at.
struct ApiDesk::Work {
    std::unique_ptr<mgmt::HttpExchange> exchange;
    std::string who;
    IsAwaited is_awaited;
    Take take;
    Duration worked{};
    AnswerLine::Place place{};

    template <class F>
    void measured(F f) {
        const Duration before = thread_time();
        f();
        worked += thread_time() - before;
    }
    void refuse_for_now() const {
        WEFT_LOG(io::Module::http, io::Level::info,
                 who.substr(0, kRequestShownMax) +
                     " refused: too many management requests wait already");
        take({.status = 503,
              .content_type = "application/json",
              .body = mgmt::to_json(wire::Map{
                          {"error", "too many management requests wait already, try it later"},
                          {"status", std::int64_t{503}}}) +
                      "\n"},
             worked);
    }
};

void ApiDesk::answer(HttpRequest request,
                     const mgmt::Requester& who,
                     IsAwaited is_awaited,
                     Take take) {
    std::string shown = request.peer + " " + request.method + " " + request.target;
    const auto work = std::make_shared<Work>(
        Work{.exchange = std::make_unique<mgmt::HttpExchange>(agent_, std::move(request), who),
             .who = std::move(shown),
             .is_awaited = std::move(is_awaited),
             .take = std::move(take)});
    const bool entered = line_.enter([this, work](const AnswerLine::Place& place) {
        work->place = place;
        go_on(work);
    });
    if (!entered) {
        work->refuse_for_now();
    }
}

/// The next piece of an answer, or the first.
void ApiDesk::go_on(const std::shared_ptr<Work>& work) {
    const bool taken = agent_.run(
        [work] {
            // What nobody waits for any more is not done: its asker was told so, or is gone.
            if (work->is_awaited()) {
                work->measured([&] { work->exchange->attempt(); });
            }
        },
        [this, work] {
            if (!work->is_awaited()) {
                return;
            }
            bool whole = false;
            HttpResponse answer;
            work->measured([&] {
                whole = work->exchange->keep();
                if (whole) {
                    answer = work->exchange->take();
                }
            });
            if (whole) {
                work->take(std::move(answer), work->worked);
            } else {
                go_on(work);
            }
        });
    if (!taken) {
        work->refuse_for_now();
    }
}

}  // namespace weft::daemon
