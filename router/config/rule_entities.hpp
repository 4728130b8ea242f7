#pragma once

#include "common/config/document.hpp"
#include "router/core/address_rules.hpp"

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace weft::router_config {

/// Configuration entries by the patterns that they have. Of those that mean the same addresses the
/// first counts. Threading: not shared (a value).
class RuleEntities {
public:
    /// `entities`, of one document, must outlive it.
    explicit RuleEntities(const std::vector<const config::Entity*>& entities);

    /// The most specific; null: none means that address.
    const config::Entity* find(std::string_view address) const;

private:
    router::AddressRules rules_;
    std::unordered_map<std::uint64_t, const config::Entity*> entities_;
};

}  // namespace weft::router_config
