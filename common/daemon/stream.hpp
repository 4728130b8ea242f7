#pragma once

#include "common/base/http.hpp"
#include "common/base/out_buffer.hpp"
#include "common/daemon/api_desk.hpp"
#include "common/daemon/web_door.hpp"
#include "common/io/loop.hpp"
#include "common/io/transport.hpp"
#include "common/mgmt/requester.hpp"
#include "common/mgmt/told_answer.hpp"
#include "common/mgmt/watch_line.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace weft::daemon {

/// Where a WebSocket of the sub-protocol kStreamProtocol is served, beside other requests of /api.
inline constexpr std::string_view kStreamPath = "/api/stream";
inline constexpr std::string_view kStreamProtocol = "weft.stream";

/// The loop works for a stream at most one part in so many of the time: what an answer took is
/// rested so many times as long before the next look. The first answer of a watch is given at once;
/// it costs what GET costs.
inline constexpr int kStreamRest = 400;
inline constexpr Duration kStreamRestMax = std::chrono::seconds{60};
inline constexpr std::size_t kStreamsMax = 100;  // of a daemon

/// When a stream that worked for so long until `now` may work again.
Instant stream_rested(Instant now, Duration worked);

/// Tells a client over one WebSocket what changes in what it watches: see mgmt/watch_line.hpp and
/// mgmt/told_answer.hpp for the lines, which binary messages carry, cut anyhow.
///
///     made ──▶ asked (by WebDoor) ──known──▶ open ──a line that is none, the login ends──▶ closing
///                └──not known: told so──▶ unknown ──login line──▶ asked again
///                                            └──kLoginMax──▶ closing
///
/// One answer is worked at, at a time, and none while the client has not read the one before: what
/// changed in between is told at once. Who asks is judged anew with each answer, and who he is each
/// kJudgedAgain: a user or token that is good no more ends the stream.
/// Threading: loop-confined.
class Stream final : public io::Protocol {
public:
    static constexpr Duration kLoginMax = std::chrono::seconds{30};
    static constexpr Duration kJudgedAgain = std::chrono::seconds{10};
    static constexpr Duration kQuietMax = std::chrono::seconds{20};  // then {} is said

    /// `desk` and `door` must outlive it. `request`: with which the WebSocket was asked for.
    /// `place`: is dropped with the stream.
    Stream(io::Transport& transport,
           ApiDesk& desk,
           const WebDoor& door,
           HttpRequest request,
           std::shared_ptr<void> place);
    ~Stream() override;

    void on_bytes(Bytes in, Instant now) override;
    void before_write() override {}
    OutBuffer& output() override { return output_; }
    void on_written() override;
    bool finished() const override { return life_ == Life::closing; }
    void on_lost(std::string_view why) override;
    Instant deadline() const override;
    void on_tick(Instant now) override;
    io::OutputBounds output_bounds() const override {
        return {.bytes = kUnreadMax, .stall = kStallMax};
    }

private:
    static constexpr Duration kStallMax = std::chrono::seconds{30};
    /// While more is unread nothing more is read of who watches: each line may have an answer.
    static constexpr std::size_t kUnreadMax = std::size_t{256} << 10U;

    enum class Life : std::uint8_t { asked, unknown, open, closing };
    struct Watch {
        std::string path;
        Duration pause{};
        Instant due{};
        std::uint64_t turn = 0;  // of the watch of this number
        bool is_first = true;    // nothing was told
        mgmt::ToldAnswer told{};
    };

    void take(std::string_view line, Instant now);
    void begin(const mgmt::WatchLine& line, Instant now);
    void in_turn(void (*f)(Stream& stream));
    void knock();
    void known(const mgmt::Requester& who);
    void not_known(const HttpResponse& answer);
    void work(Instant now);
    void tell(std::int64_t number, std::uint64_t turn, const HttpResponse& answer, Duration worked);
    /// Whose turn is next, and when: the one that is due first.
    std::pair<std::map<std::int64_t, Watch>::const_iterator, Instant> next() const;
    void say(std::string_view line);
    void end(unsigned status, const std::string& why);
    Instant now() const { return transport_.loop().now(); }

    io::Transport& transport_;
    ApiDesk& desk_;
    const WebDoor& door_;
    HttpRequest request_;  // with what the client said of who it is
    std::shared_ptr<void> place_;
    std::shared_ptr<Stream*> self_;  // what is answered later finds it gone
    OutBuffer output_;
    Life life_ = Life::asked;
    mgmt::Requester who_;
    std::string input_;  // a line that is not whole
    std::map<std::int64_t, Watch> watches_;
    std::uint64_t turns_ = 0;
    bool is_working_ = false;
    bool is_judging_ = false;
    io::Timer next_;
    Instant made_;
    Instant rested_{};
    Instant judged_{};
    Instant said_{};
};

}  // namespace weft::daemon
