#include "common/amqp/session.hpp"

#include "common/amqp/engine.hpp"
#include "common/amqp/fitting.hpp"
#include "common/base/assert.hpp"

#include <utility>

/// Begin and end, and the links between them. Spec: AMQP 1.0 §2.5
namespace weft::amqp {
namespace {

/// Bytes of a handle and a delivery count in an attach.
constexpr std::size_t kNumbersMax = 10;

/// Bytes of what is kept of it: name, addresses and the outcome that the peer means by default.
std::size_t text_size(const Attach& attach) {
    const auto address = [](const std::optional<Terminus>& terminus) {
        return terminus && terminus->address ? terminus->address->size() : 0;
    };
    const std::size_t outcome = attach.source ? attach.source->default_outcome.size() : 0;
    return attach.name.size() + address(attach.source) + address(attach.target) + outcome;
}

}  // namespace

Session::Session(Engine& engine, std::uint16_t channel)
    : engine_{engine},
      window_{engine.options_->session_window, engine.options_->max_frame_size,
              engine.options_->first_id},
      channel_{channel},
      next_outgoing_delivery_{engine.options_->first_id} {}

void Session::become(SessionLife life) {
    WEFT_CHECK(may_follow(life_, life));  // N1
    life_ = life;
}

void Session::write_begin(std::optional<std::uint16_t> remote_channel) {
    Begin begin;
    begin.remote_channel = remote_channel;
    begin.next_outgoing_id = window_.next_outgoing_id();
    begin.incoming_window = window_.incoming();
    begin.outgoing_window = kOutgoingWindow;
    begin.handle_max = engine_.options_->handle_max;
    engine_.output_.write(channel_, begin);
}

/// The peer began it, and our begin is sent.
void Session::take_begin(std::uint16_t remote_channel, const Begin& begin) {
    remote_channel_ = remote_channel;
    window_.begin(begin.next_outgoing_id, begin.incoming_window);
    peer_handle_max_ = begin.handle_max;
    if (life_ == SessionLife::withdrawn) {
        become(SessionLife::ending);
        return;
    }
    become(SessionLife::mapped);
    engine_.handler_.on_begin(*this, begin);
}

void Session::write_end(const std::optional<ErrorView>& error) {
    write_dispositions();
    engine_.output_.write_ending(Performative::end, channel_, error);
}

void Session::end(const std::optional<ErrorView>& error) {
    if (!active()) {
        return;
    }
    write_end(error);
    become(life_ == SessionLife::begun ? SessionLife::withdrawn : SessionLife::ending);
}

void Session::take_end(const Ending& ending) {
    if (life_ == SessionLife::mapped) {
        write_end(std::nullopt);
        report_gone(SessionLife::gone, pointer_to(ending.error));
    }
    engine_.remove_session(*this);
}

void Session::fail(std::string_view condition, std::string_view description) {
    const ErrorView error{condition, description, {}};
    write_end(error);
    report_gone(SessionLife::ending, &error);
}

void Session::report_gone(SessionLife life, const ErrorView* error) {
    become(life);
    if (!engine_.handler_.on_over(*this)) {
        links_.for_each([&](Link& link) {
            if (link.live()) {
                link.become(LinkLife::gone);
                engine_.handler_.on_detach(link, false, error);
            }
        });
    }
    engine_.handler_.on_end(*this, error);  // N2
}

Link* Session::add_link(const Attach& attach, bool receiver, LinkLife life) {
    if (engine_.link_count_ >= engine_.options_->links_max) {
        return nullptr;
    }
    const auto handle = links_.take_number(peer_handle_max_);
    if (!handle) {
        return nullptr;
    }
    ++engine_.link_count_;
    Link& link = links_.put(*handle, std::unique_ptr<Link>(new Link(
                                         *this, attach.name, text_size(attach), receiver, life)));
    link.handle_ = *handle;
    engine_.link_names_.insert(link);
    return &link;
}

Link* Session::attach(const Attach& attach, bool passes) {
    const std::size_t frame_max = engine_.output_.frame_max() - kNumbersMax;
    if (!active() || engine_.link_names_.find(attach.name, attach.receiver) != nullptr ||
        !(passes ? frame_size(attach) <= frame_max : fitting(attach, frame_max).has_value())) {
        return nullptr;
    }
    Link* link = add_link(attach, attach.receiver, LinkLife::offered);
    if (link != nullptr) {
        link->passes_ = passes;
        [[maybe_unused]] const bool fits = link->write_attach(attach);
        WEFT_DCHECK(fits);
    }
    return link;
}

void Session::remove_link(Link& link) {
    --engine_.link_count_;
    if (!live()) {
        engine_.link_names_.erase(link);
    }
    link.release_texts();
    std::unique_ptr<Link> gone = link.unmapped_ ? links_.remove(link.handle_)
                                                : links_.remove(link.handle_, link.remote_handle_);
    if (gone->queued_) {
        engine_.queued_links_.keep(std::move(gone));
    }
}

}  // namespace weft::amqp
