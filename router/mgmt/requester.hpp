#pragma once

#include "common/mgmt/requester.hpp"
#include "router/mgmt/survey.hpp"

#include <cstdint>
#include <optional>

namespace weft::router_mgmt {

/// Who is at the other end of a connection, as its loop knows him. What comes through another
/// router is that router's: it does not tell of whom it has it. Nothing: his loop has not said yet,
/// and there is another attempt once it has; until then the request is not to be looked at.
/// Threading: loop-confined (home's loop, while a request is attempted).
std::optional<mgmt::Requester> requester_of(Survey& survey, std::uint64_t connection);

}  // namespace weft::router_mgmt
