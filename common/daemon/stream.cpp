#include "common/daemon/stream.hpp"

#include "common/base/text.hpp"
#include "common/io/loop.hpp"
#include "common/mgmt/json.hpp"
#include "common/wire/value.hpp"

#include <algorithm>
#include <variant>

namespace weft::daemon {
namespace {

constexpr std::string_view kNothingNew = "{}\n";

std::string failure_line(wire::Map members, unsigned status, std::string text) {
    members.emplace_back("status", std::int64_t{status});
    members.emplace_back("error", std::move(text));
    return mgmt::to_json(members) + "\n";
}

/// What a failure of /api says, and how the client may log in: {"error": …, "logins": […]}.
std::string refusal_line(const HttpResponse& answer) {
    auto said = mgmt::from_json(answer.body);
    return said ? mgmt::to_json(*said) + "\n" : failure_line({}, answer.status, answer.body);
}

void put_header(HttpRequest& request, std::string_view name, const std::string& value) {
    std::erase_if(request.headers,
                  [&](const auto& header) { return same_but_case(header.first, name); });
    request.headers.emplace_back(name, value);
}

}  // namespace

Instant stream_rested(Instant now, Duration worked) {
    return now + std::min(worked * kStreamRest, kStreamRestMax);
}

Stream::Stream(io::Transport& transport,
               ApiDesk& desk,
               const WebDoor& door,
               HttpRequest request,
               std::shared_ptr<void> place)
    : transport_{transport},
      desk_{desk},
      door_{door},
      request_{std::move(request)},
      place_{std::move(place)},
      self_{std::make_shared<Stream*>(this)},
      output_{transport.loop().pool()},
      made_{now()},
      said_{made_} {
    in_turn([](Stream& stream) { stream.knock(); });
}

Stream::~Stream() = default;

void Stream::on_lost(std::string_view) {
    life_ = Life::closing;
}

/// What was told is read: what else is due is told in a turn of its own.
void Stream::on_written() {
    if (life_ == Life::open && output_.empty() && next().second <= now()) {
        in_turn([](Stream& stream) { stream.work(stream.now()); });
    }
}

void Stream::in_turn(void (*f)(Stream& stream)) {
    next_ = transport_.loop().after(Duration::zero(),
                                    [this, f] { io::guard(transport_, [&] { f(*this); }); });
}

void Stream::knock() {
    is_judging_ = true;
    const std::weak_ptr<Stream*> weak = self_;
    door_.knock(
        request_, [weak] { return !weak.expired(); },
        [weak](tl::expected<mgmt::Requester, HttpResponse> who) {
            const auto self = weak.lock();
            if (!self) {
                return;
            }
            Stream& stream = **self;
            io::guard(stream.transport_, [&] {
                stream.is_judging_ = false;
                stream.judged_ = stream.now();
                if (who) {
                    stream.known(*who);
                } else {
                    stream.not_known(who.error());
                }
            });
        });
}

void Stream::known(const mgmt::Requester& who) {
    if (life_ == Life::closing) {
        return;
    }
    who_ = who;
    life_ = Life::open;
    work(now());
}

/// Who has not said who he is may say it; who was known and is no more, or said it wrong, goes.
void Stream::not_known(const HttpResponse& answer) {
    constexpr unsigned kBusy = 503;
    if (life_ == Life::closing || (life_ == Life::open && answer.status == kBusy)) {
        return;
    }
    say(refusal_line(answer));
    const bool said_nothing = request_.header("Authorization").empty();
    life_ = life_ == Life::asked && said_nothing ? Life::unknown : Life::closing;
}

void Stream::on_bytes(Bytes in, Instant now) {
    input_ += as_text(in);
    std::size_t begin = 0;
    for (std::size_t end = 0; life_ != Life::closing; begin = end + 1) {
        end = input_.find('\n', begin);
        if (end == std::string::npos) {
            break;
        }
        take(std::string_view{input_}.substr(begin, end - begin), now);
    }
    input_.erase(0, begin);
    if (input_.size() > mgmt::kWatchLineMax) {
        end(413, "a line has at most " + std::to_string(mgmt::kWatchLineMax) + " bytes");
    }
    work(now);
}

void Stream::take(std::string_view line, Instant now) {
    const auto said = mgmt::read_stream_line(line);
    if (!said) {
        end(400, said.error().text);
        return;
    }
    if (const auto* watch = std::get_if<mgmt::WatchLine>(&*said)) {
        begin(*watch, now);
    } else if (const auto* unwatch = std::get_if<mgmt::UnwatchLine>(&*said)) {
        watches_.erase(unwatch->number);
    } else if (!is_judging_) {
        put_header(request_, "Authorization", std::get<mgmt::LoginLine>(*said).authorization);
        knock();
    } else {
        end(400, "wait for the answer to the login before another one");
    }
}

void Stream::begin(const mgmt::WatchLine& line, Instant now) {
    if (watches_.size() >= mgmt::kWatchesMax && !watches_.contains(line.number)) {
        say(failure_line({{"watch", line.number}}, 400,
                         "a stream has at most " + std::to_string(mgmt::kWatchesMax) +
                             " watches: give up another one first"));
        return;
    }
    watches_.insert_or_assign(line.number, Watch{.path = line.path,
                                                 .pause = std::chrono::seconds{line.seconds},
                                                 .due = now,
                                                 .turn = ++turns_});
}

std::pair<std::map<std::int64_t, Stream::Watch>::const_iterator, Instant> Stream::next() const {
    const auto due = [this](const auto& each) {
        return each.second.is_first ? each.second.due : std::max(each.second.due, rested_);
    };
    const auto first = std::ranges::min_element(watches_, {}, due);
    return {first, first == watches_.end() ? kNever : due(*first)};
}

Instant Stream::deadline() const {
    if (life_ != Life::open) {
        return life_ == Life::closing ? kNever : made_ + kLoginMax;
    }
    const Instant judging = is_judging_ ? kNever : judged_ + kJudgedAgain;
    const bool waits = is_working_ || !output_.empty();
    return std::min({judging, said_ + kQuietMax, waits ? kNever : next().second});
}

void Stream::on_tick(Instant now) {
    if (life_ == Life::asked || life_ == Life::unknown) {
        if (now >= made_ + kLoginMax) {
            end(401, "nobody logged in");
        }
        return;
    }
    if (now >= judged_ + kJudgedAgain && !is_judging_) {
        knock();
    }
    work(now);
    if (now >= said_ + kQuietMax && output_.empty()) {
        say(kNothingNew);
    }
}

/// Begins the next answer that is due, unless the client has not read what it was told.
void Stream::work(Instant now) {
    while (life_ == Life::open && !is_working_ && output_.empty()) {
        const auto [found, due] = next();
        if (now < due) {
            return;
        }
        const auto& [number, watch] = *found;
        is_working_ = true;
        const std::weak_ptr<Stream*> weak = self_;
        desk_.answer(
            {.method = "GET", .target = watch.path, .peer = request_.peer}, who_,
            [weak] { return !weak.expired(); },
            [weak, number, turn = watch.turn](const HttpResponse& answer, Duration worked) {
                if (const auto self = weak.lock()) {
                    Stream& stream = **self;
                    io::guard(stream.transport_,
                              [&] { stream.tell(number, turn, answer, worked); });
                }
            });
    }
}

void Stream::tell(std::int64_t number,
                  std::uint64_t turn,
                  const HttpResponse& answer,
                  Duration worked) {
    is_working_ = false;
    const auto found = watches_.find(number);
    if (life_ == Life::open && found != watches_.end() && found->second.turn == turn) {
        const Duration before = thread_time();
        Watch& watch = found->second;
        say(watch.told.change(number, answer));
        watch.is_first = false;
        watch.due = now() + watch.pause;
        worked += thread_time() - before;
    }
    rested_ = std::max(rested_, stream_rested(now(), worked));
}

void Stream::say(std::string_view line) {
    output_.append(as_bytes(line));
    said_ = now();
    transport_.wake();
}

void Stream::end(unsigned status, const std::string& why) {
    say(failure_line({}, status, why));
    life_ = Life::closing;
}

}  // namespace weft::daemon
