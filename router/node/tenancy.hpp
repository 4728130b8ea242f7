#pragma once

#include "common/amqp/link.hpp"
#include "common/amqp/performatives.hpp"
#include "common/base/result.hpp"
#include "router/core/link.hpp"
#include "router/node/tenant_desk.hpp"
#include "router/node/throttle.hpp"
#include "router/tenant/space.hpp"
#include "router/tenant/tenants.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace weft::node {

/// That a connection belongs to a tenant: what its peer calls addresses, and what all others do;
/// and what it has of the tenant's quota.
///
/// Between a peer's attach and the answer to it everything else knows whole addresses alone.
/// Threading: loop-confined (the connection's).
class Tenancy final {
public:
    /// Of a connection that is counted since now. Errors: as TenantDesk::connect.
    [[nodiscard]] static Result<std::unique_ptr<Tenancy>> of_host(std::shared_ptr<TenantDesk> desk,
                                                                  std::string_view host,
                                                                  io::Loop& loop,
                                                                  std::function<void()> wake);
    ~Tenancy();
    Tenancy(const Tenancy&) = delete;
    Tenancy& operator=(const Tenancy&) = delete;

    const tenant::Tenant& tenant() const { return *tenant_; }
    tenant::Space& space() { return space_; }
    const tenant::Space& space() const { return space_; }

    /// What an attach's views point into once it was changed.
    struct Memory {
        std::string address;
        std::string name;
    };
    /// The peer's attach, as others are to know it: its address is whole, and its name no other
    /// tenant's. It counts from now on. Errors: as tenant::Space::whole and
    /// tenant::Account::attach.
    [[nodiscard]] Result<void> make_whole(const amqp::Link& link,
                                          amqp::Attach& attach,
                                          Memory& memory);
    /// What the peer, a container, answered to an attach of ours, as others are to know it.
    void make_answer_whole(amqp::Attach& answer, std::string& memory);
    /// The name of such a link, to others; or of the peer as a container: "acme/NAME".
    std::string link_name(std::string_view name) const;
    /// The answer to it, as the peer is to have it. `direction`: of the link, seen from the core.
    void make_own(amqp::Attach& answer, router::Direction direction, std::string& memory) const;

    /// Errors: as tenant::Account::begin.
    [[nodiscard]] Result<void> begin(Instant now);
    /// It counts no more, if it did.
    void gone(const amqp::Link& link);
    /// Nor do its links.
    void gone(amqp::Session& session);
    /// So much came in on the session.
    void charge(amqp::Session& session, bool begins, std::size_t bytes, Instant now) {
        unpaid_messages_ += begins ? 1 : 0;
        unpaid_bytes_ += bytes;
        if (unpaid_messages_ >= batch_messages_ || unpaid_bytes_ >= batch_bytes_) [[unlikely]] {
            pay(session, now);
        }
    }
    /// A message was larger than the quota allows.
    void count_size();
    /// Frames that a session's window may have, of so many bytes, if there are rates to keep.
    std::uint32_t session_window(std::uint32_t most, std::uint32_t frame_size) const;

private:
    using Links = boost::unordered_flat_map<const amqp::Link*, std::string>;  // and its address

    Tenancy(std::shared_ptr<TenantDesk> desk,
            std::shared_ptr<TenantDesk::Account> account,
            io::Loop& loop,
            std::function<void()> wake);
    void pay(amqp::Session& session, Instant now);

    std::shared_ptr<TenantDesk> desk_;
    std::shared_ptr<TenantDesk::Account> account_;
    std::shared_ptr<const tenant::Tenant> tenant_;
    tenant::Space space_;
    const io::Loop& loop_;
    Throttle throttle_;
    boost::unordered_flat_map<const amqp::Session*, Links> links_;  // that count
    // What came in is told to the account when there is so much.
    std::uint64_t batch_messages_;
    std::uint64_t batch_bytes_;
    std::uint64_t unpaid_messages_ = 0;
    std::uint64_t unpaid_bytes_ = 0;
};

}  // namespace weft::node
