#pragma once

#include "tools/weft/manage/selection.hpp"
#include "tools/weft/management/client.hpp"

#include <string>
#include <vector>

namespace weft::tools {

/// What `weft manage` was asked to do. Threading: not shared (a value).
struct ManageArguments {
    std::string verb;                  // as written
    std::string type{};                // short or full; empty: none
    std::string name{};                // empty: none
    std::string identity{};            // empty: none
    std::vector<std::string> words{};  // ATTRIBUTE=VALUE; of QUERY attribute names
    Json body{};                       // null: none
    Json properties = Json::object();
    std::size_t limit = 0;  // rows of QUERY, lines of GET-LOG; 0: all
    Selection selection{};  // of QUERY
};

/// The verb in capitals if it is one of the standard ones, else as written: a router may tell
/// custom operations apart by case.
std::string canonical_verb(const std::string& verb);

/// True if --limit means something to the verb.
bool takes_limit(const std::string& verb);

/// True if the verb takes one entity's attributes, so that --stdin may name many.
bool takes_attributes(const std::string& verb);

/// True if the types of the attributes are guesses that the router's schema could correct.
bool needs_schema(const ManageArguments& arguments);

/// The request of any verb but QUERY, which goes in pages. `schema` is the body of GET-SCHEMA, or
/// null: an attribute that it knows as text is sent as text, whatever its value looks like.
/// Throws Failure on what is missing.
Request manage_request(const ManageArguments& arguments, const Json& schema);

/// The same for one entity of standard input: `entity`'s type, name and identity count where the
/// flags name none, its other attributes are the body.
Request entity_request(ManageArguments arguments, const Json& entity);

}  // namespace weft::tools
