#pragma once

#include "router/linkstate/link_state_output.hpp"
#include "router/linkstate/messages.hpp"

#include <string>
#include <string_view>

namespace weft::linkstate {

/// Puts control messages into their envelopes, and counts them.
///
/// Threading: loop-confined.
class ControlSender {
public:
    /// Both must outlive it.
    ControlSender(std::string_view self, LinkStateOutput& output, LinkStateCounters& counters)
        : self_{self}, output_{&output}, counters_{&counters} {}

    void send(PeerLink link, std::string_view to, const Message& message);
    /// In a short envelope: for a neighbour that is a Weft router, and no further.
    void send_short(PeerLink link, std::string_view to, const Message& message);
    void send_content(PeerLink link, std::string_view to, Bytes content);
    /// One envelope over several links; `Links` is a range of them. `forwarded`: what is in it was
    /// said by another router.
    template <class Links>
    void spread(const Links& links, const Envelope& envelope, bool forwarded) {
        out_.clear();
        write_envelope(out_, envelope, self_);
        for (const PeerLink link : links) {
            ++(forwarded ? counters_->forwarded : counters_->sent);
            output_->send(link, out_);
        }
        if (out_.capacity() > kKept) {
            out_ = {};
        }
    }

private:
    static constexpr std::size_t kKept = std::size_t{256} * 1024;  // bytes, between messages

    std::string self_;
    LinkStateOutput* output_;
    LinkStateCounters* counters_;
    Buffer content_;  // reused
    Buffer out_;
};

}  // namespace weft::linkstate
