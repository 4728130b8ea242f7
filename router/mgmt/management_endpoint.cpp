#include "router/mgmt/management_endpoint.hpp"

#include "common/base/conditions.hpp"
#include "common/base/keyed_hash.hpp"
#include "common/io/log.hpp"
#include "common/wire/delivery_state.hpp"
#include "common/wire/reader.hpp"
#include "common/wire/sections.hpp"
#include "router/core/bringer.hpp"
#include "router/node/shard.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

namespace weft::router_mgmt {
namespace {

/// Where requests come: from clients of this router, and by its topological address from anywhere.
constexpr std::array<std::string_view, 2> kAddresses{router::kManagementNode, "_local/$management"};

constexpr Duration kTidyPeriod = std::chrono::seconds{1};

/// Tells requesters apart where there are several behind one connection: where they want their
/// answers.
std::size_t reply_of(Bytes message) {
    const wire::Facts facts = wire::scan(message, /*complete=*/true, wire::Until::bare_message);
    const Bytes bare = message.subspan(std::min(facts.bare_message_at, message.size()));
    const wire::SectionStart start = wire::section_start(bare);
    if (start.kind != wire::SectionStart::Kind::section ||
        start.section != wire::MessageSection::properties) {
        return 0;
    }
    wire::Reader reader{bare.subspan(start.size)};
    std::uint32_t count = 0;
    wire::Reader fields = reader.list(count);
    for (int before = 0; before < 4; ++before) {  // message-id, user-id, to, subject
        (void)fields.raw();
    }
    return TextHash{}(as_text(fields.raw()));
}

}  // namespace

ManagementEndpoint::ManagementEndpoint(node::Shard& home, mgmt::Agent& agent, Introduce introduce)
    : core_{home.core()},
      relay_{home.relay()},
      agent_{agent},
      introduce_{std::move(introduce)},
      loop_{home.loop()},
      connection_{core_.connect(*this, router::Traits::of_service())},
      replies_{&attach_link(router::Direction::in, {})} {
    std::ranges::for_each(kAddresses, [this](std::string_view address) { add_inlet(address); });
    tidier_ = loop_.every(kTidyPeriod, [this] { tidy(loop_.now()); });
}

ManagementEndpoint::~ManagementEndpoint() {
    while (!inlets_.empty()) {
        remove_inlet(inlets_.size() - 1);
    }
    core_.detach(*replies_, loop_.now());
    core_.disconnect(connection_);
}

router::Link& ManagementEndpoint::attach_link(router::Direction direction,
                                              std::string_view address) {
    const auto attached = core_.attach(
        connection_,
        {.direction = direction,
         .address = address,
         .treatment = router::Treatment{.distribution = router::Distribution::closest}});
    core_.activate(*attached->link, loop_.now());
    return *attached->link;
}

// --- inlets ----------------------------------------------------------------------------------

void ManagementEndpoint::add_inlet(std::string_view address) {
    router::Link& link = attach_link(router::Direction::out, address);
    inlets_.push_back(std::make_unique<Inlet>(Inlet{&link, address, {.link = &link}}));
    link.port_link = reinterpret_cast<std::uintptr_t>(inlets_.back().get());
    core_.on_credit(link, UINT32_MAX, /*drain=*/false, loop_.now());
}

void ManagementEndpoint::remove_inlet(std::size_t position) {
    core_.detach(*inlets_[position]->link, loop_.now());
    inlets_.erase(inlets_.begin() + static_cast<std::ptrdiff_t>(position));
}

ManagementEndpoint::Inlet& ManagementEndpoint::inlet_of(const router::Link& link) {
    return *reinterpret_cast<Inlet*>(link.port_link);
}

std::size_t ManagementEndpoint::inlets_of(std::string_view address) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        inlets_, [address](const auto& inlet) { return inlet->address == address; }));
}

/// No request can begin.
bool ManagementEndpoint::is_crowded(std::string_view address) const {
    return std::ranges::none_of(inlets_, [address](const auto& inlet) {
        return inlet->address == address && inlet->coming.id == 0;
    });
}

/// Where a request is coming in by every inlet, the next one comes by a new one.
void ManagementEndpoint::make_room() {
    for (const std::string_view address : kAddresses) {
        if (is_crowded(address) && inlets_of(address) < kUnfinishedMax) {
            add_inlet(address);
        }
    }
}

void ManagementEndpoint::tidy(Instant now) {
    for (std::size_t i = 0; i < inlets_.size(); ++i) {
        Inlet& inlet = *inlets_[i];
        const bool crowded =
            is_crowded(inlet.address) && inlets_of(inlet.address) >= kUnfinishedMax;
        if (inlet.coming.id != 0 &&
            now - inlet.coming.begun >= (crowded ? kCrowdedArrivalMax : kArrivalMax)) {
            ++counters_.late;
            log(inlet.coming, "was given up: it took too long to come");
            settle(Request{inlet.coming},  // the core aborts it
                   Error{kResourceLimitExceeded, "a management request took too long to come"});
        }
    }
    const bool quiet =
        waiting_.empty() && !serving_ &&
        std::ranges::all_of(inlets_, [](const auto& inlet) { return inlet->coming.id == 0; });
    while (quiet && inlets_.size() > kAddresses.size()) {
        remove_inlet(inlets_.size() - 1);
    }
}

// --- requests --------------------------------------------------------------------------------

wire::Sent ManagementEndpoint::transfer(router::Link& link,
                                        const router::OutgoingHead& head,
                                        Bytes payload,
                                        bool more) {
    Request& request = inlet_of(link).coming;
    const bool starts = request.id == 0;
    if (starts && waiting_.weight() >= kWaitingMost) {
        full_ = true;
        return {};
    }
    if (starts) {
        request.id = next_id_++;
        request.context = head.context;
        request.settled = head.settled;
        request.begun = loop_.now();
        note_bringer(request);
    }
    if (request.bytes.size() + payload.size() > kRequestMax) {
        request.too_large = true;
    } else {
        append(request.bytes, payload);
    }
    const wire::Sent sent{
        .taken = payload.size(), .started = starts, .complete = !more, .id = request.id};
    if (more && starts) {
        room_ = loop_.after(Duration::zero(), [this] { make_room(); });
    }
    if (!more) {
        take_in(std::exchange(request, Request{.link = &link}));
    }
    return sent;
}

/// Another loop names the client that it has it of.
void ManagementEndpoint::note_bringer(Request& request) const {
    const router::Connection* const from = router::bringer(core_.links(), request.context);
    const std::uint64_t of_loop = relay_ == nullptr ? 0 : relay_->bringer_of(request.context);
    const std::uint64_t here = from == nullptr ? kNobody : from->id;
    request.connection = of_loop != 0 ? of_loop : here;
    request.from_client = of_loop != 0 || (from != nullptr && from->traits.is_client);
}

void ManagementEndpoint::take_in(Request request) {
    const std::size_t reply = request.from_client ? 0 : reply_of(request.bytes);
    const std::uint64_t connection = request.connection;
    waiting_.add(connection, reply, std::move(request));
    if (!serving_) {
        await_turn();
    }
}

void ManagementEndpoint::abort(router::Link& link) {
    inlet_of(link).coming = Request{.link = &link};
}

/// The requester settled: it waits for the reply alone, and the core has forgotten the delivery.
void ManagementEndpoint::update(router::Link& link, wire::DeliveryId id, Bytes, bool settled) {
    if (!settled || link.direction == router::Direction::in) {
        return;
    }
    const auto forget = [id](Request& request) {
        if (request.id == id) {
            request.context = 0;
            request.settled = true;
        }
    };
    forget(inlet_of(link).coming);
    waiting_.for_each(forget);
    if (serving_) {
        forget(*serving_);
    }
}

void ManagementEndpoint::await_turn() {
    if (!std::exchange(turn_due_, true)) {
        turn_ = loop_.after(Duration::zero(), [this] {
            turn_due_ = false;
            serve_next();
        });
    }
}

/// The newest of who asks most: others have turns before them anyway.
void ManagementEndpoint::reject_excess() {
    for (std::size_t i = 0; i < kRejectedAtOnce; ++i) {
        const auto request = waiting_.take_excess(kWaitingMax);
        if (!request) {
            return;
        }
        ++counters_.refused;
        log(*request, "was rejected: the connection has too many that wait");
        if (!request->settled) {
            settle(*request, Error{kResourceLimitExceeded,
                                   "too many management requests wait already, try it later"});
        }
    }
}

/// One request a turn: an answer may be large.
void ManagementEndpoint::serve_next() {
    reject_excess();
    serving_ = waiting_.take();
    if (serving_->too_large) {
        conclude(
            {.rejection = Error{kMessageSizeExceeded, "a management request has at most 1 MiB"}});
        return;
    }
    // What is answered if the attempt fails.
    served_ = {.rejection = Error{kInternalError, "the router failed at it, see its log"}};
    const bool taken = agent_.run(
        [this] {
            const bool is_own = serving_->link->address->key.address_class() == 'M';
            auto who =
                introduce_(serving_->connection, is_own ? Asks::itself : Asks::by_way_of_routers);
            if (!who) {
                return;  // what a request may do, and its changes, are nothing to try without
            }
            requester_ = who->from_router ? 0 : serving_->connection;
            served_ = mgmt::serve_message(
                agent_, serving_->bytes,
                [this](std::string_view address) { return may_reply(address); }, *std::move(who));
            requester_ = 0;
        },
        [this] { conclude(std::exchange(served_, {})); });
    if (!taken) {
        conclude({.rejection = Error{kResourceLimitExceeded,
                                     "too many management requests wait already, try it later"}});
    }
}

void ManagementEndpoint::conclude(const mgmt::Served& served) {
    const Request request = *std::exchange(serving_, std::nullopt);
    requester_ = 0;  // however the attempt ended
    if (!waiting_.empty()) {
        await_turn();
    }
    if (served.rejection) {
        ++counters_.refused;
        log(request, "was rejected: " + served.rejection->text);
    }
    if (!request.settled) {
        settle(request, served.rejection);
    }
    if (served.reply) {
        send(served.reply->bytes);
    }
    if (std::exchange(full_, false)) {
        core_.on_writable(connection_, loop_.now());
    }
}

void ManagementEndpoint::log(const Request& request, const std::string& what) {
    const std::string tag =
        request.connection == kNobody ? "" : "[C" + std::to_string(request.connection) + "] ";
    WEFT_LOG(io::Module::agent, io::Level::info, tag + "a management request " + what);
}

void ManagementEndpoint::settle(const Request& request, const std::optional<Error>& rejection) {
    const Buffer state =
        rejection ? wire::rejected(rejection->condition, rejection->text) : Buffer{};
    core_.on_update(*request.link,
                    {request.id, /*settled=*/true, rejection ? Bytes(state) : wire::kAccepted},
                    request.context, loop_.now());
}

// --- replies ---------------------------------------------------------------------------------

/// A receiver that takes no replies may not fill the router's memory with them.
bool ManagementEndpoint::may_reply(std::string_view address) const {
    const router::Address* to =
        core_.addresses().find(router::parse_address(address, core_.router_id()).text);
    std::size_t waiting = 0;
    std::size_t bytes = 0;
    if (to != nullptr) {
        to->waiting.for_each_list([&](const router::BranchList& list) {
            for (auto at = list.begin(); at != list.end() && waiting < kRepliesWaitingMax; ++at) {
                ++waiting;
                bytes += at->delivery->received - at->delivery->dropped;
            }
        });
    }
    const router::ProducerAccount& all = replies_->account;
    return waiting < kRepliesWaitingMax && bytes < kReplyBytesWaitingMax &&
           all.outstanding() < kRepliesMax && all.held() < kReplyBytesMax;
}

void ManagementEndpoint::send(Bytes message) {
    std::uint64_t context = 0;
    core_.on_transfer(*replies_, {{.id = next_id_++, .settled = true, .payload = message}}, context,
                      loop_.now());
}

}  // namespace weft::router_mgmt
