#include "router/exchange/distributor.hpp"

#include "common/base/assert.hpp"
#include "common/base/conditions.hpp"
#include "common/wire/delivery_state.hpp"
#include "router/core/bringer.hpp"
#include "router/core/outcome_rank.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace weft::exchange {
namespace {

using router::Direction;
using router::Link;

Inlet& inlet_behind(const Link& link) {
    return *reinterpret_cast<Inlet*>(link.port_link);
}

Way& way_of(const Link& link) {
    return *reinterpret_cast<Way*>(link.port_link);
}

template <class Item>
void point(Link& link, Item& item) {
    link.port_link = reinterpret_cast<std::uintptr_t>(&item);
}

}  // namespace

Distributor::Distributor(router::Core& core)
    : core_{core}, connection_{core.connect(*this, router::Traits::of_exchanges())} {}

Distributor::~Distributor() {
    for (const auto& [id, inlet] : inlets_) {
        core_.detach(*inlet->link, now_);
    }
    for (const auto& way : ways_) {
        if (way != nullptr) {
            core_.detach(*way->link, now_);
        }
    }
    core_.disconnect(connection_);
}

// --- which there are ----------------------------------------------------------------------------

Result<const Exchange*> Distributor::add(ExchangeConfig config, Instant now) {
    now_ = now;
    WEFT_TRY(Exchange* const made, exchanges_.add(std::move(config)));
    const auto opened = open_ways(*made);
    auto link = opened ? attach_link(Direction::out, made->config.address, made->config.phase)
                       : tl::unexpected(opened.error());
    if (!link) {
        exchanges_.remove(made->id);
        retire_ways();
        return tl::unexpected(std::move(link).error());
    }
    Inlet& inlet =
        *inlets_.emplace(made->id, std::make_unique<Inlet>(*made, core_.router_id())).first->second;
    inlet.link = *link;
    point(**link, inlet);
    core_.activate(**link, now);
    core_.on_credit(**link, kWindow, /*drain=*/false, now);
    for (const auto& hop : made->next_hops) {
        ways_[hop->way]->inlet = &inlet;
    }
    return made;
}

Result<const Binding*> Distributor::bind(BindingConfig config, Instant now) {
    now_ = now;
    WEFT_TRY(Binding* const made, exchanges_.bind(std::move(config)));
    if (auto opened = open_ways(*made->exchange); !opened) {
        exchanges_.unbind(made->id);
        retire_ways();
        return tl::unexpected(std::move(opened).error());
    }
    return made;
}

bool Distributor::remove(std::uint64_t exchange, Instant now) {
    now_ = now;
    const auto found = inlets_.find(exchange);
    if (found == inlets_.end()) {
        return false;
    }
    before_ += found->second->exchange->counters;
    leave(*found->second);
    exchanges_.remove(exchange);
    inlets_.erase(found);
    retire_ways();
    return true;
}

bool Distributor::unbind(std::uint64_t binding, Instant now) {
    now_ = now;
    const bool removed = exchanges_.unbind(binding);
    retire_ways();
    return removed;
}

Result<Link*> Distributor::attach_link(Direction direction,
                                       std::string_view address,
                                       std::uint8_t phase) {
    auto attached = core_.attach(
        connection_,
        {.direction = direction, .address = address, .phase = phase, .capacity = kWayMax});
    if (!attached) {
        return fail(attached.error().condition,
                    "has the address \"" + std::string(address) +
                        "\", which can't be used: " + attached.error().text);
    }
    return attached->link;
}

/// One for each next hop that has none.
Result<void> Distributor::open_ways(Exchange& exchange) {
    const auto inlet = inlets_.find(exchange.id);
    for (const auto& hop : exchange.next_hops) {
        if (hop->way != kNoWay) {
            continue;
        }
        WEFT_TRY(Link* const link, attach_link(Direction::in, hop->address, hop->phase));
        if (free_ways_.empty()) {
            free_ways_.push_back(static_cast<std::uint32_t>(ways_.size()));
            ways_.emplace_back();
        }
        hop->way = free_ways_.back();
        free_ways_.pop_back();
        ways_[hop->way] = std::make_unique<Way>();
        Way& way = *ways_[hop->way];
        way.number = hop->way;
        way.inlet = inlet == inlets_.end() ? nullptr : inlet->second.get();
        way.link = link;
        point(*link, way);
        core_.activate(*link, now_);
    }
    return {};
}

/// Those of next hops that are gone end once their copies are answered.
void Distributor::retire_ways() {
    for (const std::uint32_t number : exchanges_.take_gone()) {
        if (number != kNoWay) {
            ways_[number]->unused = true;
            close_if_idle(*ways_[number]);
        }
    }
}

void Distributor::close_if_idle(Way& way) {
    if (!way.unused || way.open > 0) {
        return;
    }
    const std::uint32_t number = way.number;
    core_.detach(*way.link, now_);
    ways_[number].reset();
    free_ways_.push_back(number);
}

void Distributor::close_idle() {
    for (std::size_t i = 0; i < ways_.size(); ++i) {
        if (ways_[i] != nullptr) {
            close_if_idle(*ways_[i]);
        }
    }
}

/// The exchange goes. What it has is passed on; nobody hears what becomes of it.
void Distributor::leave(Inlet& inlet) {
    if (inlet.arriving != nullptr) {
        inlet.arriving->aborted = true;
        inlet.arriving->whole = true;
        note_due(*inlet.arriving);
    }
    for (const auto& passage : passages_) {
        if (passage != nullptr && passage->inlet == &inlet) {
            if (passage->life == Passage::Life::arriving) {
                passage->aborted = true;
            }
            passage->inlet = nullptr;
            passage->context = 0;
        }
    }
    for (const auto& way : ways_) {
        if (way != nullptr && way->inlet == &inlet) {
            way->inlet = nullptr;
        }
    }
    std::erase(news_, &inlet);
    core_.detach(*inlet.link, now_);
}

bool Distributor::is_reachable(const NextHop& hop) const {
    const router::Address& address = *ways_[hop.way]->link->address;
    return address.reachable() || address.falls_back();
}

std::uint64_t Distributor::inlet_of(const Exchange& exchange) const {
    return inlets_.at(exchange.id)->link->id;
}

ExchangeCounters Distributor::totals() const {
    ExchangeCounters totals = before_;
    for (const auto& exchange : exchanges_.all()) {
        totals += exchange->counters;
    }
    return totals;
}

// --- what comes in ------------------------------------------------------------------------------

wire::Sent Distributor::transfer(Link& link,
                                 const router::OutgoingHead& head,
                                 Bytes payload,
                                 bool more) {
    Inlet& inlet = inlet_behind(link);
    const bool starts = inlet.arriving == nullptr;
    if (inlet.held + inlet.waiting >= kHeldMax) {
        inlet.refused = true;
        return {};
    }
    Passage& passage = starts ? begin(inlet, head) : *inlet.arriving;
    if (passage.life != Passage::Life::done) {
        const std::size_t before = passage.bytes.size();
        append(passage.bytes, starts ? head.prefix : Bytes{});
        append(passage.bytes, payload);
        inlet.waiting += passage.bytes.size() - before;
    }
    inlet.arriving = more ? &passage : nullptr;
    passage.whole = !more;
    note_due(passage);
    return {.taken = payload.size(), .started = starts, .complete = !more, .id = passage.number};
}

Passage& Distributor::begin(Inlet& inlet, const router::OutgoingHead& head) {
    if (free_passages_.empty()) {
        free_passages_.push_back(static_cast<std::uint32_t>(passages_.size()));
        passages_.emplace_back();
    }
    const std::uint32_t number = free_passages_.back();
    free_passages_.pop_back();
    passages_[number] = std::make_unique<Passage>();
    Passage& passage = *passages_[number];
    passage.number = number;
    passage.inlet = &inlet;
    passage.context = head.settled ? 0 : head.context;
    passage.presettled = head.settled || head.provenance.presettled;
    passage.format = head.message_format;
    ++inlet.under_way;
    return passage;
}

void Distributor::note_due(Passage& passage) {
    if (!std::exchange(passage.due, true)) {
        due_.push_back(&passage);
    }
}

void Distributor::note_news(Inlet& inlet) {
    if (!std::exchange(inlet.news, true)) {
        news_.push_back(&inlet);
    }
}

/// They were passed on, or nobody is to have them.
void Distributor::drop_bytes(Passage& passage) {
    if (Inlet* const inlet = passage.inlet) {
        inlet->waiting -= passage.bytes.size();
        if (inlet->refused) {
            note_news(*inlet);
        }
    }
    passage.bytes.clear();
}

void Distributor::abort(Link& link) {
    Inlet& inlet = inlet_behind(link);
    if (Passage* const passage = std::exchange(inlet.arriving, nullptr)) {
        passage->aborted = true;
        passage->whole = true;
        passage->context = 0;  // the core has forgotten it
        note_due(*passage);
    }
}

/// Returns what it cost.
std::size_t Distributor::pass_on(Passage& passage) {
    passage.due = false;
    if (passage.life == Passage::Life::done || passage.aborted) {
        drop_bytes(passage);
        passage.passed = passage.whole;
        abort_copies(passage);
        review(passage);
        return 1;
    }
    const bool first = passage.life == Passage::Life::arriving;
    if (first && !decide(passage)) {
        return 1;
    }
    const Bytes bytes = first ? Bytes(told_) : Bytes(passage.bytes);
    const std::size_t cost = send(passage, bytes, first);
    drop_bytes(passage);
    passage.passed = passage.whole;
    review(passage);
    return cost;
}

/// False: more of it must come first, or it goes nowhere.
bool Distributor::decide(Passage& passage) {
    Inlet* const inlet = passage.inlet;
    const MessageStart start = inlet->marker.read(passage.bytes, passage.whole, passage.format);
    if (start.status == MessageStart::Status::incomplete) {
        return false;
    }
    passage.life = Passage::Life::decided;
    ++inlet->exchange->counters.received;
    if (start.status != MessageStart::Status::complete) {
        refuse(passage, start.status, start.why);
        return false;
    }
    choose(passage, start.subject);
    if (passage.copies.empty()) {
        passage.outcome.assign(wire::kReleased.begin(), wire::kReleased.end());
        drop_bytes(passage);
        passage.passed = passage.whole;
        review(passage);
        return false;
    }
    told_.clear();
    inlet->marker.write(told_, passage.bytes, start);
    return true;
}

void Distributor::refuse(Passage& passage, MessageStart::Status status, std::string_view why) {
    ExchangeCounters& counters = passage.inlet->exchange->counters;
    ++counters.dropped;
    if (status == MessageStart::Status::looped) {
        ++counters.looped;
        passage.outcome.assign(wire::kReleased.begin(), wire::kReleased.end());
    } else {
        ++counters.rejected;
        const bool opaque = status == MessageStart::Status::opaque;
        passage.outcome = wire::rejected(opaque ? kNotImplemented : kDecodeError, why);
    }
    drop_bytes(passage);
    passage.passed = passage.whole;
    review(passage);
}

void Distributor::choose(Passage& passage, std::string_view subject) {
    Exchange& exchange = *passage.inlet->exchange;
    hops_.clear();
    exchange.choose(subject, hops_);
    for (NextHop* const hop : hops_) {
        (void)offer(passage, *hop);
    }
    if (passage.copies.empty() && exchange.alternate != nullptr &&
        offer(passage, *exchange.alternate)) {
        ++exchange.counters.diverted;
    }
    ++(passage.copies.empty() ? exchange.counters.dropped : exchange.counters.forwarded);
}

/// Makes a copy for a next hop. False: nobody is there, or it has as many as it may have.
bool Distributor::offer(Passage& passage, NextHop& hop) {
    if (!is_reachable(hop)) {
        return false;
    }
    Way& way = *ways_[hop.way];
    const router::ProducerAccount& account = way.link->account;
    const bool full = way.stalled ? account.outstanding() >= kWindow || way.held >= kHeldMax
                                  : account.credit() == 0;
    if (full) {
        ++passage.inlet->exchange->counters.left_out;
        return false;
    }
    if (free_copies_.empty()) {
        free_copies_.push_back(static_cast<std::uint32_t>(copies_.size()));
        copies_.emplace_back();
    }
    const std::uint32_t number = free_copies_.back();
    free_copies_.pop_back();
    copies_[number] = {.passage = &passage,
                       .way = &way,
                       .position = static_cast<std::uint32_t>(passage.copies.size()),
                       .claims = !way.stalled};
    passage.claims += way.stalled ? 0U : 1U;
    passage.copies.push_back(number);
    way.quiet = way.open++ == 0 ? 0 : way.quiet;
    return true;
}

/// Gives all copies that are open their next bytes.
std::size_t Distributor::send(Passage& passage, Bytes bytes, bool first) {
    sending_ = passage.copies;  // some may be answered at once
    for (const std::uint32_t number : sending_) {
        if (copies_[number].passage != &passage) {
            continue;
        }
        router::Arrival arrival{{.id = number,
                                 .first = first,
                                 .more = !passage.whole,
                                 .message_format = passage.format,
                                 .payload = bytes}};
        arrival.provenance.presettled = passage.presettled;
        std::uint64_t context = copies_[number].context;
        core_.on_transfer(*copies_[number].way->link, arrival, context, now_);
        if (copies_[number].passage == &passage) {
            copies_[number].context = context;
        }
    }
    return sending_.size() + 1;
}

/// No more of it comes: the core forgets what it has.
void Distributor::abort_copies(Passage& passage) {
    while (!passage.copies.empty()) {
        const std::uint32_t number = passage.copies.back();
        Link& link = *copies_[number].way->link;
        std::uint64_t context = copies_[number].context;
        close(number);
        core_.on_transfer(link, {{.id = number, .first = false, .aborted = true}}, context, now_);
    }
}

// --- what becomes of it -------------------------------------------------------------------------

void Distributor::update(Link& link, wire::DeliveryId id, Bytes state, bool settled) {
    if (link.direction == Direction::out) {
        if (settled && passages_[id] != nullptr) {  // its producer waits no longer
            passages_[id]->context = 0;
            passages_[id]->presettled = true;
            review(*passages_[id]);
        }
        return;
    }
    moved(way_of(link));
    Copy& copy = copies_[id];
    if (copy.passage == nullptr) {
        return;
    }
    if (wire::is_terminal(state) || settled) {
        answer(id, state);
        if (settled) {
            close(id);
        } else if (!std::exchange(copy.answered, true)) {
            to_settle_.push_back(id);
        }
    } else if (router::is_multicast(link.address)) {  // only stalled consumers are left
        if (copy.context != 0) {
            answer(id, router::outcome_so_far(copy.context));
        }
        waive(copy);
        review(*copy.passage);
    }
}

void Distributor::hold(Link& link, std::ptrdiff_t bytes) {
    if (link.direction == Direction::out) {
        return;
    }
    Way& way = way_of(link);
    way.held += static_cast<std::size_t>(bytes);
    if (way.inlet != nullptr && !way.stalled) {
        way.inlet->held += static_cast<std::size_t>(bytes);
        if (way.inlet->refused) {
            note_news(*way.inlet);
        }
    }
    if (bytes < 0) {
        moved(way);
    }
}

/// It took or settled something.
void Distributor::moved(Way& way) {
    way.quiet = 0;
    if (std::exchange(way.stalled, false) && way.inlet != nullptr) {
        way.inlet->held += way.held;
    }
}

void Distributor::tick(Instant now) {
    now_ = now;
    bool any = false;
    for (const auto& way : ways_) {
        if (way == nullptr || way->open == 0 || way->stalled || ++way->quiet < kStalledAfter) {
            continue;
        }
        any = way->stalled = true;
        if (way->inlet != nullptr) {
            way->inlet->held -= way->held;
            note_news(*way->inlet);
        }
    }
    for (std::size_t i = 0; any && i < copies_.size(); ++i) {
        Copy& copy = copies_[i];
        if (copy.passage != nullptr && copy.claims && copy.way->stalled) {
            waive(copy);
            review(*copy.passage);
        }
    }
}

/// Its message need not wait for it.
void Distributor::waive(Copy& copy) {
    if (std::exchange(copy.claims, false)) {
        --copy.passage->claims;
    }
}

void Distributor::answer(std::uint32_t number, Bytes outcome) {
    Passage& passage = *copies_[number].passage;
    if (passage.outcome.empty() || router::rank_of(outcome) > router::rank_of(passage.outcome)) {
        passage.outcome.assign(outcome.begin(), outcome.end());
    }
}

/// The core knows it no longer.
void Distributor::close(std::uint32_t number) {
    Copy& copy = copies_[number];
    Passage& passage = *copy.passage;
    Way& way = *copy.way;
    waive(copy);
    passage.copies[copy.position] = passage.copies.back();
    copies_[passage.copies[copy.position]].position = copy.position;
    passage.copies.pop_back();
    copy = {};
    free_copies_.push_back(number);
    idle_ |= --way.open == 0 && way.unused;
    review(passage);
}

/// Settled at once if nobody is left to wait for: all have answered, or the others are stalled.
void Distributor::review(Passage& passage) {
    const bool undecided = passage.life == Passage::Life::arriving && !passage.aborted;
    if (undecided || passage.finishing || passage.claims > 0) {
        return;
    }
    const bool answered = passage.copies.empty();
    const bool accepted =
        router::rank_of(passage.outcome) >= router::rank_of(wire::kAccepted);  // or rejected
    const bool enough = answered || (passage.passed && (passage.presettled || accepted));
    if (enough) {
        passage.finishing = true;
        finished_.push_back(&passage);
    } else if (passage.passed) {
        uncount(passage);
    }
}

/// It does not count against the window of its exchange any more.
void Distributor::uncount(Passage& passage) {
    if (std::exchange(passage.counts, false) && passage.inlet != nullptr) {
        --passage.inlet->under_way;
        note_news(*passage.inlet);
    }
}

bool Distributor::go_on(Instant now) {
    now_ = now;
    std::size_t left = kSlice;
    while (has_work() && left > 0) {
        while (!due_.empty() && left > 0) {
            Passage& passage = *due_.front();
            due_.pop_front();
            left -= std::min(left, pass_on(passage));
        }
        left -= std::min(left, to_settle_.size() + finished_.size());
        settle_answered();
        settle_finished();
        tell_news();
        if (std::exchange(idle_, false)) {
            close_idle();
        }
    }
    return has_work();
}

/// Consumers that settle after their producer.
void Distributor::settle_answered() {
    for (const std::uint32_t number : std::exchange(to_settle_, {})) {
        const Copy copy = copies_[number];
        if (copy.answered) {  // else it is another one by now
            close(number);
            core_.on_update(*copy.way->link, {number, /*settled=*/true, {}}, copy.context, now_);
        }
    }
}

void Distributor::settle_finished() {
    for (Passage* const passage : std::exchange(finished_, {})) {
        finish(*passage);
    }
}

void Distributor::finish(Passage& passage) {
    while (!passage.copies.empty()) {  // nobody waits for what becomes of these
        const std::uint32_t number = passage.copies.back();
        const Copy copy = copies_[number];
        close(number);
        core_.on_update(*copy.way->link, {number, /*settled=*/true, {}}, copy.context, now_);
    }
    Inlet* const inlet = passage.inlet;
    const std::uint64_t context = std::exchange(passage.context, 0);
    passage.life = Passage::Life::done;
    uncount(passage);
    if (context != 0 && inlet != nullptr) {
        if (inlet->arriving == &passage) {
            inlet->arriving = nullptr;  // the core ends it
            passage.whole = true;
        }
        core_.on_update(*inlet->link, {passage.number, /*settled=*/true, passage.outcome}, context,
                        now_);
    }
    if (!passage.whole) {
        passage.finishing = false;  // what still comes is thrown away
        return;
    }
    if (passage.due) {
        std::erase(due_, &passage);
    }
    drop_bytes(passage);
    const std::uint32_t number = passage.number;
    free_passages_.push_back(number);
    passages_[number].reset();
}

/// Exchanges may be given more.
void Distributor::tell_news() {
    for (Inlet* const inlet : std::exchange(news_, {})) {
        inlet->news = false;
        if (inlet->refused && inlet->held + inlet->waiting < kHeldMax) {
            inlet->refused = false;
            core_.on_writable(connection_, now_);
        }
        core_.on_credit(*inlet->link, kWindow - std::min(kWindow, inlet->under_way),
                        /*drain=*/false, now_);
    }
}

}  // namespace weft::exchange
