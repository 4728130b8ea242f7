#pragma once

#include "common/base/bytes.hpp"
#include "router/core/incoming.hpp"
#include "router/core/link.hpp"

#include <cstddef>
#include <string>

namespace weft::router {

/// Writes the sections before the bare message anew, for a peer that is to see routers' annotations
/// or none of those that are there. Threading: loop-confined.
class HeadWriter {
public:
    explicit HeadWriter(const std::string& router_id) : own_annotation_{"0/" + router_id} {}

    /// What goes out instead of the bytes that replace() returned last.
    Bytes prefix() const { return head_; }
    /// Makes the prefix of a message for `out` and returns how many of its first bytes that
    /// replaces. `known`: what the message says, if it was read already.
    std::size_t replace(const Branch& branch, const Link& out, Bytes payload, const Head* known) {
        const Delivery& delivery = *branch.delivery;
        if (!out.annotates && !delivery.provenance.annotated && delivery.sent_to == nullptr)
            [[likely]] {
            head_.clear();
            return 0;
        }
        return write(branch, out, payload, known);
    }

    /// Bytes of a message that only routers read: a consumer gets it without them. `start` is the
    /// first of it, its head included.
    static std::size_t routers_bytes(const Delivery& delivery, Bytes start);
    /// The same of a message of which there is no Delivery yet.
    static std::size_t routers_bytes(const Arrival& arrival);

private:
    std::size_t write(const Branch& branch, const Link& out, Bytes payload, const Head* known);
    std::size_t write_known(const Branch& branch,
                            const Link& out,
                            Bytes payload,
                            const Head& known);
    static bool goes_to_all(const Branch& branch);
    static bool tells_address(const Branch& branch);
    std::size_t write_for_original(const Delivery& delivery,
                                   Bytes opaque,
                                   const annotations::RouterAnnotations& ours);

    std::string own_annotation_;  // "0/r1", as in a trace
    Buffer head_;                 // of the last message that was annotated
    Buffer told_;                 // its annotations, with its address
};

}  // namespace weft::router
