#pragma once

#include "common/base/bytes.hpp"
#include "common/base/time.hpp"
#include "common/wire/transfer.hpp"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>

namespace weft::router {
struct Link;
}

namespace weft::router_mgmt {

/// Stands for the connection that brought a request and is gone: nobody's.
inline constexpr std::uint64_t kNobody = UINT64_MAX;

/// A management request that came as a delivery, or is coming.
struct ManagementRequest {
    router::Link* link = nullptr;
    wire::DeliveryId id = 0;  // 0: none has begun
    std::uint64_t context = 0;
    bool settled = false;
    bool too_large = false;
    /// The connection that brought it is one requester's; else it is another loop, or router, with
    /// many behind it.
    bool from_client = false;
    std::uint64_t connection = 0;  // by which it came, or kNobody
    Instant begun{};
    Buffer bytes{};
};

/// Management requests that wait: a line for each connection that brings some, and where many
/// requesters are behind one, in it a line for each reply address. The lines have turns, so that
/// one who asks much waits for himself, and others do not wait for him.
///
/// In a line requests keep their order. Where all weigh too much, the newest of whose line is the
/// heaviest is taken out.
/// Threading: not shared.
class RequestLines {
public:
    /// What each counts for, besides its bytes.
    static constexpr std::size_t kRequestWeight = std::size_t{4} * 1024;

    /// `reply`: names the requester where several are behind one connection; else 0.
    void add(std::uint64_t connection, std::size_t reply, ManagementRequest request);
    bool empty() const { return parties_.empty(); }
    std::size_t weight() const { return weight_; }
    /// The one whose turn it is. Precondition: not empty.
    ManagementRequest take();
    /// The newest of who brought most; nothing if they weigh `weight_max` at most.
    std::optional<ManagementRequest> take_excess(std::size_t weight_max);
    /// Visits all, in no order that means anything.
    template <class Visit>
    void for_each(Visit visit) {
        for (auto& [connection, party] : parties_) {
            for (auto& [reply, line] : party.lines) {
                for (ManagementRequest& request : line) {
                    visit(request);
                }
            }
        }
    }

private:
    using Line = std::deque<ManagementRequest>;
    using Lines = std::map<std::size_t, Line>;
    /// The requesters behind one connection.
    struct Party {
        Lines lines;                    // none is empty
        std::deque<std::size_t> turns;  // of those, the next one first
        std::size_t weight = 0;
    };
    using Parties = std::map<std::uint64_t, Party>;

    static std::size_t weight_of(const ManagementRequest& request) {
        return kRequestWeight + request.bytes.size();
    }
    void note_taken(Party& party, const ManagementRequest& request);

    Parties parties_;                  // by connection; none is empty
    std::deque<std::uint64_t> turns_;  // of those, the next one first
    std::size_t weight_ = 0;
};

}  // namespace weft::router_mgmt
