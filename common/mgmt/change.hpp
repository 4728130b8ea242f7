#pragma once

#include "common/mgmt/entity_type.hpp"
#include "common/mgmt/requester.hpp"
#include "common/mgmt/source.hpp"
#include "common/mgmt/status.hpp"
#include "common/wire/value.hpp"

#include <functional>
#include <string>
#include <string_view>

/// What requests change, for whoever keeps account of it.
/// Threading: not shared (values), any thread (functions).
namespace weft::mgmt {

/// A request that was to change something, and what became of it.
struct Change {
    Requester who{};
    std::string operation{};  // "UPDATE"
    std::string type{};       // "listener"; empty: it named none that there is
    std::string entity{};     // the name or identity that it was called by; empty: not known
    wire::Value arguments{};  // of an operation of the type's own
    wire::Value before{};     // the values that it changed, or deleted; secrets are masked
    wire::Value after{};      // those that it made of them, or what the operation answered
    Status status = Status::ok;
    std::string text{};  // why not, if it failed
};
using TakeChange = std::function<void(const Change& change)>;

/// Whether an operation asks, and changes nothing: QUERY, READ, GET-…, SHOW-…, PEEK, EXPLAIN.
bool is_reading(std::string_view operation);

/// The values of `attributes`, as `row` has them.
wire::Value values_of(const EntityType& type, const Attributes& attributes, const Row& row);
/// The values that whoever makes or changes such an entity may give, as far as `row` has them.
wire::Value settings_in(const EntityType& type, const Row& row);
/// What a request asks for besides which operation it is, and of what.
wire::Value arguments_in(const wire::Map& properties);

}  // namespace weft::mgmt
