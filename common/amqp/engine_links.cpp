#include "common/amqp/engine.hpp"
#include "common/base/assert.hpp"
#include "common/base/conditions.hpp"

#include <cstring>
#include <utility>

/// Attach and detach. Spec: AMQP 1.0 §2.6
namespace weft::amqp {

Link::Link(Session& session, std::string_view name, bool receiver)
    : session_{&session},
      name_{std::make_unique_for_overwrite<char[]>(name.size())},
      name_size_{static_cast<std::uint16_t>(name.size())},
      receiver_{receiver} {
    std::memcpy(name_.get(), name.data(), name.size());
}

Link* Engine::add_link(Session& session, std::string_view name, bool receiver) {
    if (link_count_ >= options_.links_max) {
        return nullptr;
    }
    const auto handle = session.handles_.take(session.peer_handle_max_);
    if (!handle) {
        return nullptr;
    }
    ++link_count_;
    if (*handle >= session.links_.size()) {
        session.links_.resize(*handle + 1);
    }
    auto& slot = session.links_[*handle];
    slot.reset(new Link(session, name, receiver));
    slot->handle_ = *handle;
    link_names_.insert(slot.get());
    return slot.get();
}

Link* Engine::attach(Session& session, const Attach& attach) {
    WEFT_CHECK(attach.name.size() <= kLinkNameMax);
    if (!active(session) || link_names_.contains(LinkKey{attach.name, attach.receiver})) {
        return nullptr;
    }
    Link* link = add_link(session, attach.name, attach.receiver);
    if (link != nullptr) {
        write_attach(*link, attach);
    }
    return link;
}

void Engine::write_attach(Link& link, const Attach& given) {
    Attach attach = given;
    attach.name = link.name();
    attach.handle = link.handle_;
    attach.receiver = link.receiver_;
    attach.initial_delivery_count =
        link.receiver_ ? std::nullopt : std::optional(link.delivery_count_);
    Buffer body;
    wire::Writer out{body};
    encode(out, attach);
    write_frame(0, link.session_->channel_, body);
    link.own_message_max_ = attach.max_message_size;
    link.attach_sent_ = true;
    if (link.flow_due_) {
        queue_link(link);
    }
}

void Engine::take_attach(Session& session, Bytes fields) {
    const Result<Attach> decoded = decode_attach(fields);
    if (!decoded) {
        fail_connection(decoded.error());
        return;
    }
    const Attach& attach = *decoded;
    if (attach.handle > options_.handle_max) {
        fail_connection(kFramingError, "a handle is above handle-max");
        return;
    }
    if (attach.name.size() > kLinkNameMax) {
        fail_session(session, kInvalidField, "a link's name is too long");
        return;
    }
    if (session.by_remote_handle_.find(attach.handle) != nullptr) {
        fail_session(session, kHandleInUse, "an attach names a handle that is in use");
        return;
    }
    const auto found = link_names_.find(LinkKey{attach.name, !attach.receiver});
    Link* link = found == link_names_.end() ? nullptr : *found;
    const bool answer = link != nullptr && link->session_ == &session && !link->attach_received_;
    if (link != nullptr && !answer) {
        if (link->live_) {
            fail_link(*link, kStolen, "a link of this name was attached again");
        }
        unregister(*link);
        if (!active(session)) {
            return;  // the handler ended it
        }
    }
    if (!answer) {
        link = add_link(session, attach.name, !attach.receiver);
    }
    if (link == nullptr) {
        fail_session(session, kResourceLimitExceeded, "there are too many links");
        return;
    }
    take_attach_of(*link, attach);
}

void Engine::take_attach_of(Link& link, const Attach& attach) {
    link.attach_received_ = true;
    link.remote_handle_ = attach.handle;
    link.peer_message_max_ = attach.max_message_size;
    link.sender_settle_mode_ = attach.sender_settle_mode;
    link.receiver_settle_mode_ = attach.receiver_settle_mode;
    link.session_->by_remote_handle_.put(attach.handle, link);
    if (link.receiver_) {
        // Credit may have been granted before, counted from zero.
        const std::uint32_t initial = attach.initial_delivery_count.value_or(0);
        link.delivery_count_ += initial;
        link.target_limit_ += initial;
        link.flow_limit_ += initial;
        link.credit_limit_ += initial;
    }
    if (link.live_) {
        handler_.on_attach(link, attach);
    } else {
        unregister(link);
    }
}

void Engine::accept(Link& link, const Attach& reply) {
    if (active(link) && !link.attach_sent_) {
        write_attach(link, reply);
    }
}

void Engine::refuse(Link& link, const ErrorView& error) {
    detach(link, true, error);
}

void Engine::detach(Link& link, bool closed, const std::optional<ErrorView>& error) {
    if (!active(link)) {
        return;
    }
    write_detach(link, closed, error);
    forget_link(link);
}

void Engine::write_detach(Link& link, bool closed, const std::optional<ErrorView>& error) {
    Session& session = *link.session_;
    write_dispositions(session);
    if (!link.attach_sent_) {
        write_attach(link, {});  // without termini: refused
    }
    if (!link.receiver_ && link.in_delivery_ && session.remote_window_ > 0) {
        write_abort(link);
    }
    write_detach_frame(link, closed, error);
    link.detach_sent_ = true;
    link.failed_ = error.has_value();
    link.errant_frames_ = session.incoming_window_;
}

void Engine::take_detach(Session& session, Bytes fields) {
    const Result<Detach> detach = decode_detach(fields);
    if (!detach) {
        fail_connection(detach.error());
        return;
    }
    Link* link = session.by_remote_handle_.find(detach->handle);
    if (link == nullptr) {
        fail_session(session, kUnattachedHandle, "a detach names a handle that is not attached");
        return;
    }
    if (!link->detach_sent_) {
        link->in_delivery_ = false;  // the peer dropped it: nothing to abort
        write_detach(*link, detach->closed, std::nullopt);
    }
    if (link->live_) {
        forget_link(*link);
        handler_.on_detach(*link, detach->closed, pointer_to(detach->error));
    }
    remove_link(*link);
}

void Engine::fail_link(Link& link, std::string_view condition, std::string_view description) {
    const ErrorView error{condition, description, {}};
    write_detach(link, true, error);
    forget_link(link);
    handler_.on_detach(link, true, &error);
}

/// The handler no longer knows it; the peer's detach may be outstanding.
void Engine::forget_link(Link& link) {
    Session& session = *link.session_;
    link.live_ = false;
    (link.receiver_ ? session.incoming_ : session.outgoing_).erase_link(link, link.unsettled_);
    link.unsettled_ = 0;
    if (link.abort_due_) {
        link.abort_due_ = false;
        --session.aborts_due_;
    }
    if (link.attach_received_) {
        unregister(link);  // otherwise the peer's answer must still find it
    }
}

void Engine::unregister(Link& link) {
    const auto found = link_names_.find(&link);
    if (found != link_names_.end() && *found == &link) {
        link_names_.erase(found);
    }
}

void Engine::remove_link(Link& link) {
    Session& session = *link.session_;
    session.by_remote_handle_.remove(link.remote_handle_);
    session.handles_.give(link.handle_);
    --link_count_;
    auto& slot = session.links_[link.handle_];
    if (link.queued_) {
        gone_links_.push_back(std::move(slot));
    } else {
        slot.reset();
    }
    while (!session.links_.empty() && !session.links_.back()) {
        session.links_.pop_back();
    }
    if (session.links_.empty()) {
        session.links_.shrink_to_fit();
    }
}

}  // namespace weft::amqp
