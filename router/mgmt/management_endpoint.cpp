#include "router/mgmt/management_endpoint.hpp"

#include "common/base/conditions.hpp"
#include "common/io/log.hpp"
#include "common/mgmt/management_message.hpp"
#include "common/wire/delivery_state.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace weft::router_mgmt {
namespace {

/// Where requests come: from clients of this router, and by its topological address from anywhere.
constexpr std::array<std::string_view, 2> kAddresses{router::kManagementNode, "_local/$management"};

}  // namespace

ManagementEndpoint::ManagementEndpoint(router::Core& core, mgmt::Agent& agent, io::Loop& loop)
    : core_{core},
      agent_{agent},
      loop_{loop},
      connection_{core.connect(*this, router::Traits::of_service())},
      replies_{&attach_link(router::Direction::in, {})} {
    partial_.resize(kAddresses.size());
    for (std::size_t i = 0; i < kAddresses.size(); ++i) {
        router::Link& link = attach_link(router::Direction::out, kAddresses[i]);
        link.port_link = i;
        partial_[i].link = &link;
        core_.on_credit(link, UINT32_MAX, /*drain=*/false, loop_.now());
    }
}

ManagementEndpoint::~ManagementEndpoint() {
    for (const Request& request : partial_) {
        core_.detach(*request.link, loop_.now());
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

wire::Sent ManagementEndpoint::transfer(router::Link& link,
                                        const router::OutgoingHead& head,
                                        Bytes payload,
                                        bool more) {
    Request& request = partial_[link.port_link];
    const bool starts = request.id == 0;
    if (starts && pending_.size() >= kRequestsMax) {
        full_ = true;
        return {};
    }
    if (starts) {
        request.id = next_id_++;
        request.context = head.context;
        request.settled = head.settled;
    }
    if (request.bytes.size() + payload.size() > kRequestMax) {
        request.too_large = true;
    } else {
        append(request.bytes, payload);
    }
    const wire::Sent sent{payload.size(), starts, !more, request.id};
    if (!more) {
        pending_.push_back(std::exchange(request, Request{.link = &link, .bytes = {}}));
        if (pending_.size() == 1) {
            await_turn();
        }
    }
    return sent;
}

void ManagementEndpoint::abort(router::Link& link) {
    partial_[link.port_link] = Request{.link = &link, .bytes = {}};
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
    forget(partial_[link.port_link]);
    std::ranges::for_each(pending_, forget);
}

void ManagementEndpoint::await_turn() {
    turn_ = loop_.after(Duration::zero(), [this] { serve_next(); });
}

/// One request a turn: an answer may be large.
void ManagementEndpoint::serve_next() {
    Request request = std::move(pending_.front());
    pending_.pop_front();
    if (!pending_.empty()) {
        await_turn();
    }
    serve(request);
    if (std::exchange(full_, false)) {
        core_.on_writable(connection_, loop_.now());
    }
}

void ManagementEndpoint::serve(Request& request) {
    mgmt::Served served;
    if (request.too_large) {
        served.rejection = Error{kMessageSizeExceeded, "a management request has at most 1 MiB"};
    } else {
        served = mgmt::serve_message(
            agent_, request.bytes, [this](std::string_view address) { return may_reply(address); });
    }
    if (served.rejection) {
        WEFT_LOG(io::Module::agent, io::Level::info,
                 "a management request was rejected: " + served.rejection->text);
    }
    if (!request.settled) {
        const Buffer rejection =
            served.rejection ? wire::rejected(served.rejection->condition, served.rejection->text)
                             : Buffer{};
        core_.on_update(
            *request.link,
            {request.id, /*settled=*/true, served.rejection ? Bytes(rejection) : wire::kAccepted},
            request.context, loop_.now());
    }
    if (served.reply) {
        send(served.reply->address, served.reply->bytes);
    }
}

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

void ManagementEndpoint::send(const std::string&, Bytes message) {
    std::uint64_t context = 0;
    core_.on_transfer(*replies_, {{.id = next_id_++, .settled = true, .payload = message}}, context,
                      loop_.now());
}

}  // namespace weft::router_mgmt
