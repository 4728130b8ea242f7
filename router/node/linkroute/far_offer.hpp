#pragma once

#include "common/amqp/performatives.hpp"
#include "common/base/bytes.hpp"
#include "common/base/conditions.hpp"
#include "common/base/result.hpp"
#include "router/node/linkroute/crossing.hpp"
#include "router/node/linkroute/routed_links.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace weft::node {

inline constexpr std::string_view kNoRoute = "qd:no-route-to-dest";
/// Why an end is given up by home, or by its loop for home.
inline constexpr amqp::ErrorView kUnansweredError{
    kNoRoute, "The far side did not answer the attach in time", {}};
inline constexpr amqp::ErrorView kStolenError{
    kStolen, "the link was attached again from another place", {}};
/// Says in the log that a far end, which is open, is taken over.
void log_stolen(const RoutedEnd& end);
/// Why a link goes nowhere.
Error no_route();
/// Why a connection could not be asked for a link of these facts.
Error not_offered(const RoutedFacts& facts);

/// A link that a connection's peer is to be asked for, which is on another loop than home: it made
/// the link route for itself. Threading: not shared (a value).
struct FarOffer {
    std::uint64_t connection = 0;
    AskingSession session{};
    std::string other_name{};  // as RoutedLinks::offer
    RoutedFacts facts{};
    Buffer attach{};  // as `write` makes it
    /// What counts for the pair, on home.
    std::unique_ptr<RoutedGuard> guard{};
};

/// Says it, all but the guard, in one word. Its `pair` is the id of the facts.
void write(PairWords& out, const FarOffer& offer);
FarOffer read_offer_word(const PairWord& word, Bytes bytes);

}  // namespace weft::node
