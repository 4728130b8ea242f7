#include "router/node/container_connection.hpp"

#include "common/amqp/capabilities.hpp"
#include "common/base/conditions.hpp"
#include "common/base/printable.hpp"
#include "router/node/tenancy.hpp"
#include "router/node/termini.hpp"

#include <string_view>
#include <utility>
#include <vector>

namespace weft::node {
namespace {

/// What is asked of the container: the far end of the link is its own node. `trace`: encoded, the
/// wish for the trace of what comes; empty: of who is no router.
amqp::Attach wish_of(const autolink::AutoLink& link, const std::string& name, Bytes trace) {
    amqp::Attach wish;
    wish.name = name;
    wish.receiver = link.config.direction == router::Direction::in;
    wish.source.emplace();
    wish.target.emplace().kind = amqp::Terminus::Kind::target;
    (wish.receiver ? wish.source : wish.target)->address = link.config.their_address();
    if (!wish.receiver) {
        wish.initial_delivery_count = 0;
    }
    if (wish.receiver) {
        wish.desired_capabilities = trace;
    }
    if (link.config.storage) {
        wish.properties = link.config.storage->properties;
    }
    return wish;
}

router::AttachRequest request_of(const autolink::AutoLinkConfig& config,
                                 const amqp::Attach& answer) {
    router::AttachRequest request;
    request.direction = config.direction;
    request.address = config.address;
    const bool in = config.direction == router::Direction::in;
    request.phase = config.fallback && !in ? router::kFallbackPhase : config.phase;
    request.on_demand = in;
    request.from_fallback = in && config.fallback;
    if (answer.receiver) {
        request.max_message_size = answer.max_message_size;
        request.settles_second = answer.receiver_settle_mode == amqp::ReceiverSettleMode::second;
        request.default_outcome = answer.source ? answer.source->default_outcome : Bytes{};
    }
    return request;
}

/// Of a container's words so many bytes are logged, and kept for each auto-link.
constexpr std::size_t kWordsMax = 500;

/// As tools of the original show it: the description where there is one.
std::string words(const amqp::ErrorView* error) {
    if (error == nullptr) {
        return "the container detached the link";
    }
    const std::string_view all = error->description.empty() ? error->condition : error->description;
    return printable(all.substr(0, kWordsMax));
}

}  // namespace

ContainerConnection::ContainerConnection(router::Core& core,
                                         io::Transport& transport,
                                         const std::shared_ptr<const PeerProfile>& profile,
                                         PeerObserver& observer,
                                         Containers& containers)
    : ClientConnection{core, transport, profile, observer,
                       router::Traits::of_container(profile->strip)},
      containers_{containers} {
    begin();
}

// --- its life -----------------------------------------------------------------------------------

void ContainerConnection::on_opened(const amqp::Open& open) {
    ClientConnection::on_opened(open);
    if (!machine().is_open()) {
        return;  // the rules don't let it in
    }
    containers_.opened(*this, tenancy() == nullptr ? std::string{open.container_id}
                                                   : tenancy()->link_name(open.container_id));
}

void ContainerConnection::on_closed(bool by_peer, const amqp::ErrorView* error) {
    auto_links_.clear();
    containers_.gone(*this);
    ClientConnection::on_closed(by_peer, error);
}

void ContainerConnection::on_gone(std::string_view why) {
    auto_links_.clear();
    containers_.gone(*this);
    ClientConnection::on_gone(why);
}

bool ContainerConnection::on_over(amqp::Session& session) {
    const bool handled = ClientConnection::on_over(session);
    if (&session == session_) {
        session_ = nullptr;
        std::vector<std::uint64_t> ended;
        for (const auto& [link, id] : std::exchange(auto_links_, {})) {
            ended.push_back(id);
        }
        if (machine().is_open()) {  // else they go with the connection, and none failed
            containers_.failed(*this, ended, "the container ended the session");
        }
    }
    return handled;
}

// --- auto-links ---------------------------------------------------------------------------------

amqp::Link* ContainerConnection::open_link(const autolink::AutoLink& link, std::uint32_t number) {
    if (session_ == nullptr) {
        session_ = machine().begin();
    }
    const std::string name = link.link_name(number);
    const Buffer trace =
        core_connection().traits.is_beyond ? amqp::capabilities({kTraceCapability}) : Buffer{};
    amqp::Attach wish = wish_of(link, name, trace);
    std::string memory;
    if (tenancy() != nullptr) {
        tenancy()->make_own(wish, wish.receiver ? router::Direction::out : router::Direction::in,
                            memory);
    }
    amqp::Link* const own = session_ == nullptr ? nullptr : session_->attach(wish);
    if (own != nullptr) {
        auto_links_.emplace(own, link.id);
        wake();
    }
    return own;
}

void ContainerConnection::close_link(amqp::Link& link) {
    auto_links_.erase(&link);
    if (router::Link* const ours = core_link(link)) {
        core().detach(*ours, now());
    }
    link.detach(true, std::nullopt);
    wake();
}

void ContainerConnection::fail(amqp::Link& link, std::string why) {
    const auto at = auto_links_.find(&link);
    const std::uint64_t id = at->second;
    auto_links_.erase(at);
    containers_.failed(*this, id, std::move(why));
}

void ContainerConnection::on_attach(amqp::Link& link, const amqp::Attach& attach) {
    const auto own = auto_links_.find(&link);
    if (own == auto_links_.end()) {
        ClientConnection::on_attach(link, attach);
    } else if (link.is_receiver() ? attach.source : attach.target) {
        answered(link, attach, own->second);
    }  // else it is refused: its detach follows
}

void ContainerConnection::answered(amqp::Link& link,
                                   const amqp::Attach& attach,
                                   std::uint64_t auto_link) {
    auto request = request_of(containers_.auto_links().find(auto_link)->config, attach);
    request.capacity = profile().link_capacity;
    request.session = link.session().channel();
    request.port_link = reinterpret_cast<std::uintptr_t>(&link);
    const auto attached = core().attach(core_connection(), request);
    if (!attached) {
        link.detach(true, amqp::ErrorView{attached.error().condition, attached.error().text, {}});
        fail(link, "this router: " + attached.error().text);
        return;
    }
    router::Link& ours = *attached->link;
    tie(link, ours);
    if (ours.direction == router::Direction::out) {
        core().activate(ours, now());
    }
    start(link, ours);
    containers_.attached(*this, auto_link, ours.id);
}

// A container that refused a link may say more before it detaches it: that is nobody's.

void ContainerConnection::on_transfer(amqp::Link& link,
                                      const amqp::IncomingTransfer& transfer,
                                      amqp::Context& context) {
    if (core_link(link) != nullptr) {
        ClientConnection::on_transfer(link, transfer, context);
    }
}

void ContainerConnection::on_credit(amqp::Link& link) {
    if (core_link(link) != nullptr) {
        ClientConnection::on_credit(link);
    }
}

void ContainerConnection::on_detach(amqp::Link& link, bool closed, const amqp::ErrorView* error) {
    ClientConnection::on_detach(link, closed, error);
    if (auto_links_.contains(&link)) {
        fail(link, words(error));
    }
}

}  // namespace weft::node
