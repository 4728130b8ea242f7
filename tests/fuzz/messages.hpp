#pragma once

#include "common/base/bytes.hpp"
#include "tests/fuzz/script.hpp"

#include <string_view>

namespace weft::fuzz {

/// Of the rules of a CoreBed, and one of nobody's; the last one is an anonymous sender's. Some
/// stand more than once, so that producers and consumers meet.
inline constexpr std::string_view kAddresses[] = {
    "any.a", "many", "any.a", "many", "near", "lossy", "any.a", "any.b", "other", "none", ""};

/// A message as clients write it, well-formed or not: of any size up to some frames.
Buffer some_message(Script& script);
/// One with what routers write into it.
Buffer some_router_message(Script& script);

}  // namespace weft::fuzz
