#pragma once

#include "router/core/address_table.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace weft::router_mgmt {

class Survey;

/// One address, summed up over the loops. Threading: not shared (a value).
struct AddressTotals {
    std::string key;
    router::Treatment treatment;
    std::uint64_t in_process = 0;   // consumers
    std::uint64_t subscribers = 0;  // consumers that are clients
    std::uint64_t ingress = 0;
    std::uint64_t egress = 0;
    std::uint64_t to_process = 0;
    std::uint64_t from_process = 0;
    std::uint64_t from_containers = 0;
    std::uint64_t to_containers = 0;
    std::uint64_t transit = 0;
    std::uint64_t redirected = 0;      // to the fallback
    std::uint64_t outstanding = 0;     // deliveries at consumers or other routers and not settled
    std::uint64_t waiting = 0;         // that no consumer can take now
    std::vector<RouterIndex> remotes;  // other routers with consumers

    void add(const router::Address& address);
    AddressTotals& operator+=(const AddressTotals& more);
};

/// The keys of all addresses: home's, which has every address that anybody receives from, and then
/// those that only have senders elsewhere. Threading: loop-confined (home's loop).
class AddressKeys {
public:
    explicit AddressKeys(Survey& survey) : survey_{survey} {}

    /// Costs O(addresses) with more than one loop, as a tick of the core does.
    std::size_t size() const;
    /// Keys of the page [offset, offset + count).
    std::vector<std::string> page(std::size_t offset, std::size_t count) const;

private:
    const std::vector<std::string>& elsewhere() const;

    Survey& survey_;
};

/// What is known of the addresses of the page [offset, offset + count) on all loops that tell;
/// without those that are gone.
std::vector<AddressTotals> totals_of_page(Survey& survey, std::size_t offset, std::size_t count);
/// The same of one address; empty if nobody uses it.
std::vector<AddressTotals> totals_of(Survey& survey, const std::string& key);

}  // namespace weft::router_mgmt
