#pragma once

#include "common/wire/value.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace weft::exchange {
class Distributor;
}

namespace weft::router_mgmt {

/// What the exchange that has `address` would do with a message with that subject now: which of its
/// bindings match, where it goes, and who is there. With no subject, all its next hops. Nothing: no
/// exchange of this router has the address. Threading: loop-confined (home's loop).
[[nodiscard]] std::optional<wire::Map> explain_exchange(const exchange::Distributor& exchanges,
                                                        const std::string& address,
                                                        const std::string& router_id,
                                                        const std::string& subject);

}  // namespace weft::router_mgmt
