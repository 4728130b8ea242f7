#pragma once

#include "common/mgmt/requester.hpp"
#include "router/mgmt/survey.hpp"

#include <cstdint>

namespace weft::router_mgmt {

/// Who is at the other end of a connection, as its loop knows him. What comes through another
/// router is that router's: it does not tell of whom it has it.
/// Threading: loop-confined (home's loop, while a request is attempted).
mgmt::Requester requester_of(Survey& survey, std::uint64_t connection);

}  // namespace weft::router_mgmt
