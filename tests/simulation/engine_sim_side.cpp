#include "tests/simulation/engine_sim_side.hpp"

#include "common/base/assert.hpp"
#include "common/wire/big_endian.hpp"
#include "common/wire/delivery_state.hpp"

#include <algorithm>
#include <array>

namespace weft::amqp::test {
namespace {

constexpr std::size_t kSessionsMax = 3;
constexpr std::size_t kLinksMax = 12;
constexpr std::uint32_t kPrefixMax = 400;  // fits one frame of any size: a window may be that small

std::array<std::uint8_t, 8> tag_of(Context number) {
    std::array<std::uint8_t, 8> tag{};
    wire::store_u64(tag.data(), number);
    return tag;
}

Buffer random_state(Random& random) {
    const auto copy = [](Bytes state) { return Buffer(state.begin(), state.end()); };
    switch (random.below(6)) {
        case 0:
            return copy(wire::kReleased);
        case 1:
            return copy(wire::kModifiedFailed);
        case 2:
            return wire::rejected("x:bad", std::string(random.below(300), 'd'));
        default:
            return copy(wire::kAccepted);
    }
}

}  // namespace

Side::Side(Options options, Ledger& ledger, Random& random, BlockPool& pool)
    : engine{std::make_shared<const Options>(options), *this, pool},
      ledger_{ledger},
      random_{random},
      prefix_{options.server ? "server-" : "client-"} {}

Side::Lane& Side::lane_of(Link& link) {
    const auto found = lanes_.find(&link);
    if (found == lanes_.end()) {
        ledger_.fault("an event of a link that is gone");
        return lanes_[&link];
    }
    return found->second;
}

void Side::act() {
    if (!engine.is_open()) {
        return;
    }
    if (sessions_.empty() || lanes_.empty() || random_.one_in(12)) {
        begin_or_attach();
        return;
    }
    const auto index = random_.below(static_cast<std::uint32_t>(lanes_.size()));
    act_on(std::next(lanes_.begin(), index)->second);
    if (random_.one_in(150)) {
        Session* session = sessions_[random_.below(static_cast<std::uint32_t>(sessions_.size()))];
        session->end(std::nullopt);
        on_end(*session, nullptr);
    }
}

void Side::begin_or_attach() {
    if (sessions_.empty() || (sessions_.size() < kSessionsMax && random_.one_in(6))) {
        if (Session* session = engine.begin()) {
            sessions_.push_back(session);
        }
        return;
    }
    if (lanes_.size() >= kLinksMax) {
        return;
    }
    Session* session = sessions_[random_.below(static_cast<std::uint32_t>(sessions_.size()))];
    // Few names, so that they are used again.
    const std::string name = prefix_ + std::to_string(names_++ % 20);
    const bool receiver = random_.one_in(2);
    Link* link = session->attach({.name = name, .receiver = receiver});
    if (link != nullptr) {
        lanes_[link].link = link;
    }
}

void Side::act_on(Lane& lane) {
    if (random_.one_in(60)) {
        Link* link = lane.link;
        link->detach(random_.one_in(2), std::nullopt);
        leave(*link);
    } else if (lane.link->is_receiver()) {
        act_as_receiver(lane);
    } else if (lane.ready) {
        act_as_sender(lane);
    }
}

void Side::act_as_sender(Lane& lane) {
    switch (random_.below(12)) {
        case 0:
            if (lane.current) {
                lane.link->abort();
                std::erase_if(lane.unsettled,
                              [&](const auto& item) { return item.second == *lane.current; });
                lane.current.reset();
            }
            break;
        case 1:
            settle_one(lane, true);
            break;
        case 2:
            if (lane.link->drain() && !lane.current) {
                lane.link->drained();
            }
            break;
        default:
            send_some(lane, 1 + random_.below(5000));
    }
}

void Side::send_some(Lane& lane, std::size_t most) {
    const bool starts = !lane.current;
    if (starts) {
        lane.current = ++ledger_.last;
        const std::uint32_t size = random_.one_in(10) ? random_.below(20000) : random_.below(300);
        Buffer bytes(size);
        std::ranges::generate(bytes, [&] { return static_cast<std::uint8_t>(random_.below(256)); });
        ledger_.messages[*lane.current].bytes = std::move(bytes);
        lane.prefix = random_.one_in(2) ? random_.below(std::min(size, kPrefixMax) + 1) : 0;
        lane.done = lane.prefix;
    }
    const Context number = *lane.current;
    const Bytes bytes{ledger_.messages[number].bytes};
    const Bytes rest = bytes.subspan(lane.done);
    const Bytes piece = rest.first(std::min(most, rest.size()));
    const bool more = piece.size() < rest.size();
    const auto tag = tag_of(number);
    const bool settled = starts && random_.one_in(4);
    const Sent sent = lane.link->send(
        {.context = number, .settled = settled, .tag = tag, .prefix = bytes.first(lane.prefix)},
        piece, more);
    if (starts && !sent.started) {
        lane.current.reset();
        ledger_.messages.erase(number);
        return;
    }
    if (starts && !settled) {
        lane.unsettled[sent.id] = number;
    }
    lane.done += sent.taken;
    if (sent.complete) {
        lane.current.reset();
    }
}

void Side::act_as_receiver(Lane& lane) {
    switch (random_.below(8)) {
        case 0:
            lane.link->grant(random_.below(20));
            break;
        case 1:
            if (random_.one_in(4)) {
                lane.link->grant(random_.below(10), true);
            }
            break;
        case 2:
            settle_one(lane, false);
            break;
        case 3:
            if (const auto held = held_.find(&lane.link->session()); held != held_.end()) {
                held->first->hold(-held->second);
                held_.erase(held);
            }
            break;
        default:
            settle_one(lane, true);
            lane.link->grant(10);
    }
}

void Side::settle_one(Lane& lane, bool settled) {
    if (lane.unsettled.empty()) {
        return;
    }
    const auto size = static_cast<std::uint32_t>(lane.unsettled.size());
    const auto item =
        std::next(lane.unsettled.begin(), random_.one_in(3) ? random_.below(size) : 0);
    const auto [id, number] = *item;
    Buffer state;
    if (lane.link->is_receiver()) {
        Buffer& outcome = ledger_.messages[number].outcome;
        if (outcome.empty()) {
            outcome = random_state(random_);
        }
        state = outcome;
    }
    if (settled) {
        lane.unsettled.erase(item);
        if (lane.link->is_receiver() && lane.current == number) {
            lane.skip_rest = true;
            lane.current.reset();
        }
    }
    lane.link->update(id, state, settled);
}

bool Side::settle_down() {
    bool busy = false;
    for (auto& [link, lane] : lanes_) {
        if (!lane.link->is_receiver() && lane.current) {
            send_some(lane, 1 << 20);
            busy = true;
        }
        while (lane.link->is_receiver() && !lane.unsettled.empty()) {
            settle_one(lane, true);
            busy = true;
        }
    }
    for (const auto& [session, bytes] : held_) {
        session->hold(-bytes);
    }
    held_.clear();
    return busy;
}

bool Side::idle() const {
    return std::ranges::all_of(lanes_, [](const auto& item) {
        const Lane& lane = item.second;
        return lane.unsettled.empty() && !lane.current && lane.link->unsettled() == 0 &&
               !lane.link->in_delivery();
    });
}

void Side::leave(Link& link) {
    lanes_.erase(&link);
}

void Side::on_sasl_init(Engine&, std::string_view, Bytes) {
    engine.sasl_outcome(0, {});
}

void Side::on_close(bool, const ErrorView* error) {
    ++closed;
    if (error != nullptr) {
        ledger_.fault("close: " + std::string(error->description));
    }
}

void Side::on_begin(Session& session, const Begin&) {
    if (std::ranges::find(sessions_, &session) == sessions_.end()) {
        sessions_.push_back(&session);
    }
}

void Side::on_end(Session& session, const ErrorView* error) {
    if (error != nullptr) {
        ledger_.fault("end: " + std::string(error->description));
    }
    std::erase_if(lanes_, [&](const auto& item) { return &item.first->session() == &session; });
    std::erase(sessions_, &session);
    held_.erase(&session);
}

void Side::on_attach(Link& link, const Attach& attach) {
    if (!lanes_.contains(&link)) {
        lanes_[&link].link = &link;
        WEFT_CHECK(link.accept({.source = attach.source, .target = attach.target}));
    }
    lanes_[&link].ready = true;
}

void Side::on_detach(Link& link, bool, const ErrorView* error) {
    if (error != nullptr) {
        ledger_.fault("detach: " + std::string(error->description));
    }
    lane_of(link);
    leave(link);
}

void Side::on_transfer(Link& link, const IncomingTransfer& transfer, Context& context) {
    Lane& lane = lane_of(link);
    if (transfer.first) {
        if (context != 0 || lane.current || transfer.tag.size() != 8) {
            ledger_.fault("a delivery does not start as one");
            return;
        }
        context = wire::load_u64(transfer.tag.data());
        if (context <= lane.newest) {
            ledger_.fault("deliveries of a link are out of order");
        }
        lane.newest = context;
        lane.current = context;
        lane.received.clear();
        lane.skip_rest = false;
    } else if (lane.skip_rest || context != lane.current) {
        ledger_.fault("a frame of a delivery that is over");
        return;
    }
    append(lane.received, transfer.payload);
    if (random_.one_in(3)) {
        const auto bytes = static_cast<std::ptrdiff_t>(transfer.payload.size());
        held_[&link.session()] += bytes;
        link.session().hold(bytes);
    }
    if (transfer.settled) {
        lane.unsettled.erase(transfer.id);
    } else {
        lane.unsettled[transfer.id] = context;
    }
    if (transfer.aborted) {
        lane.current.reset();
    } else if (!transfer.more) {
        finish_incoming(lane);
    }
}

void Side::finish_incoming(Lane& lane) {
    if (ledger_.messages[*lane.current].bytes != lane.received) {
        ledger_.fault("the bytes of message " + std::to_string(*lane.current) + " differ");
    }
    lane.current.reset();
    ++delivered_;
}

void Side::on_update(Link& link, const DeliveryUpdate& update, Context context) {
    Lane& lane = lane_of(link);
    const auto found = lane.unsettled.find(update.id);
    if (found == lane.unsettled.end() || found->second != context) {
        ledger_.fault("an update of a delivery that is not there, or with a wrong context");
        return;
    }
    if (!link.is_receiver()) {
        check_outcome(context, update.state);
    }
    if (update.settled) {
        lane.unsettled.erase(found);
    } else if (!link.is_receiver() && random_.one_in(2)) {
        lane.unsettled.erase(found);
        link.update(update.id, update.state, true);
    }
}

/// Who has much to read hears of it without its words.
void Side::check_outcome(Context number, Bytes state) {
    const Buffer& outcome = ledger_.messages[number].outcome;
    if (!std::ranges::equal(outcome, state) && !std::ranges::equal(wire::bare(outcome), state)) {
        ledger_.fault("the outcome of message " + std::to_string(number) + " differs");
    }
}

void Side::on_credit(Link& link) {
    if (link.drain() && random_.one_in(2) && !lane_of(link).current) {
        link.drained();
    }
}

}  // namespace weft::amqp::test
