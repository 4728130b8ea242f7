#include "router/node/client_connection.hpp"

#include "common/base/assert.hpp"
#include "common/base/conditions.hpp"
#include "common/io/log.hpp"
#include "common/wire/reader.hpp"
#include "router/config/log_modules.hpp"
#include "router/node/termini.hpp"

#include <utility>

namespace weft::node {

using io::Level;

ClientConnection::ClientConnection(router::Core& core,
                                   io::Transport& transport,
                                   std::shared_ptr<const PeerProfile> profile,
                                   PeerObserver& observer)
    : PeerConnection{core, transport, profile, observer,
                     router::Traits::of_client(profile->strip)} {
    begin();
}

void ClientConnection::on_opened(const amqp::Open&) {
    identify();
    succeeded();
    log_opened(Level::debug);
}

// --- attaches -----------------------------------------------------------------------------------

void ClientConnection::on_attach(amqp::Link& link, const amqp::Attach& attach) {
    auto request = read_attach(attach);
    if (!request) {
        refuse(link, request.error());
        return;
    }
    request->capacity = profile().link_capacity;
    request->session = link.session().channel();
    request->port_link = reinterpret_cast<std::uintptr_t>(&link);
    const auto attached = core().attach(in_core(), *request);
    if (!attached) {
        refuse(link, attached.error());
        return;
    }
    router::Link& ours = *attached->link;
    tie(link, ours);
    WEFT_LOG(router_config::LogModule::router_core, Level::debug,
             tag() + "[L" + std::to_string(ours.id) + "] attached " +
                 (attach.receiver ? "out " : "in ") + attached->address);
    bool known = true;
    if (attach.receiver) {
        // Whoever is told that it receives misses no message that anyone sends from then on.
        core().activate(ours, now());
        known = observer().others_know(*this, ours);
    }
    if (known && pending_.empty()) {
        accept(link, attach, attached->address);
        return;
    }
    pending_.expect(link, ours.id, attach, attached->address);
    if (known) {
        pending_.accept(ours.id);
    }
}

void ClientConnection::log_refused(const amqp::Link& link, const Error& why) const {
    WEFT_LOG(router_config::LogModule::router_core, Level::info,
             tag() + " link " + std::string(link.name()) +
                 " refused: " + std::string(why.condition) + " " + why.text);
}

void ClientConnection::refuse(amqp::Link& link, const Error& why) {
    log_refused(link, why);
    link.refuse({why.condition, why.text, {}});
}

void ClientConnection::accept(amqp::Link& link,
                              const amqp::Attach& asked,
                              std::string_view address) {
    router::Link& ours = *routed_link(link);
    if (!link.accept(reply_to(asked, address, profile().max_message_size))) {
        log_refused(link, {kFrameSizeTooSmall, "the answer to its attach is too large for it"});
        core().detach(ours, now());
        return;
    }
    if (ours.direction == router::Direction::in) {
        core().activate(ours, now());
    } else if (link.credit() > 0 || link.drain()) {
        core().on_credit(ours, link.credit(), link.drain(), now());
    }
}

void ClientConnection::answer(std::uint64_t id) {
    pending_.accept(id);
    answer_in_order();
    wake();
}

void ClientConnection::answer_in_order() {
    while (const auto answer = pending_.take()) {
        wire::Reader in{answer->asked};
        (void)in.descriptor();
        const auto asked = amqp::decode_attach(in.rest());
        WEFT_CHECK(asked);  // we wrote it
        if (answer->refusal) {
            core().detach(*routed_link(*answer->link), now());
            refuse(*answer->link, *answer->refusal);
        } else {
            accept(*answer->link, *asked, answer->address);
        }
    }
}

void ClientConnection::on_detach(amqp::Link& link, bool, const amqp::ErrorView* error) {
    router::Link* ours = routed_link(link);
    if (ours == nullptr) {
        return;  // it was refused
    }
    if (error != nullptr) {
        log_error("[L" + std::to_string(ours->id) + "] detached", error);
    }
    pending_.remove(link);
    answer_in_order();  // it may have been the one that others waited for
    core().detach(*ours, now());
}

// --- deliveries and credit ----------------------------------------------------------------------

void ClientConnection::on_transfer(amqp::Link& link,
                                   const amqp::IncomingTransfer& transfer,
                                   amqp::Context& context) {
    core().on_transfer(*routed_link(link), {transfer}, context, now());
}

void ClientConnection::on_window(amqp::Session& session) {
    core().on_writable(in_core(), now(), session.channel());
}

void ClientConnection::on_credit(amqp::Link& link) {
    core().on_credit(*routed_link(link), link.credit(), link.drain(), now());
}

}  // namespace weft::node
