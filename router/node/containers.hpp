#pragma once

#include "common/base/result.hpp"
#include "common/io/loop.hpp"
#include "router/autolink/auto_links.hpp"
#include "router/node/address_expansion.hpp"
#include "router/node/link_routing.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace weft::node {

class ContainerConnection;

/// The containers that are connected, the links that the router attaches to them by itself, and
/// the link routes that lead there.
/// Threading: loop-confined (home's loop, which has all connections to containers).
class Containers final : private autolink::AutoLinkPort {
public:
    /// Auto-links attached in one turn of the loop.
    static constexpr std::size_t kAttachedAtOnce = 100;

    /// `loop` must outlive it.
    explicit Containers(io::Loop& loop);

    LinkRouting& link_routing() { return link_routing_; }
    const LinkRouting& link_routing() const { return link_routing_; }
    AddressExpansion& expansion() { return expansion_; }
    const AddressExpansion& expansion() const { return expansion_; }

    const autolink::AutoLinks& auto_links() const { return auto_links_; }
    /// Errors: as AutoLinks::add.
    [[nodiscard]] Result<const autolink::AutoLink*> add(autolink::AutoLinkConfig config);
    /// False: there is none.
    bool remove(std::uint64_t auto_link) { return auto_links_.remove(auto_link); }

    // What connections tell.
    void opened(ContainerConnection& connection, std::string_view container);
    /// May come again.
    void gone(ContainerConnection& connection);
    void attached(ContainerConnection& connection, std::uint64_t auto_link, std::uint64_t link);
    void failed(ContainerConnection& connection, std::uint64_t auto_link, const std::string& why);
    /// Those auto-links ended at once, for one reason.
    void failed(ContainerConnection& connection,
                const std::vector<std::uint64_t>& auto_links,
                const std::string& why);

private:
    // AutoLinkPort
    std::uintptr_t attach(const autolink::AutoLink& link,
                          const autolink::AutoLinkEnd& end) override;
    void detach(const autolink::AutoLinkEnd& end) override;

    /// Sees to it that what is due is attached when it is.
    void plan();
    void work();

    io::Loop& loop_;
    autolink::AutoLinks auto_links_{*this};
    LinkRouting link_routing_{loop_};
    AddressExpansion expansion_{loop_, *this};
    std::unordered_map<std::uint64_t, ContainerConnection*> connections_;  // by id
    io::Timer timer_;
    Instant planned_ = kNever;  // when the timer is due
};

}  // namespace weft::node
