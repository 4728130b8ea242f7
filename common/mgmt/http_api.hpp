#pragma once

#include "common/mgmt/agent.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Management as JSON over HTTP, by the same agent.
///
///   GET    /api                       the entity types, with links
///   GET    /api/schema                the schema, as GET-SCHEMA answers it
///   GET    /api/TYPE                  its entities, a list of objects; ?attributes=a,b picks
///                                     attributes, ?offset= and ?count= a page
///   POST   /api/TYPE                  creates one from an object
///   GET    /api/TYPE/ENTITY           one entity, by identity or name
///   PUT, PATCH /api/TYPE/ENTITY       changes the attributes in an object
///   DELETE /api/TYPE/ENTITY           deletes it
///
/// TYPE is a short or full type name. ENTITY is the rest of the path, slashes and all,
/// percent-encoded where needed. Failures are {"error": text, "status": number}.
namespace weft::mgmt {

inline constexpr std::size_t kHttpBodyMax = 1024 * 1024;

struct HttpRequest {
    std::string_view method = {};
    std::string_view path = {};   // undecoded, without the query
    std::string_view query = {};  // what follows '?', undecoded
    /// Must say application/json where there is a body: a browser then asks before a page of
    /// another origin may send one.
    std::string_view content_type = {};
    std::string_view body = {};
};

struct HttpReply {
    int status = 200;
    std::string content_type = {};  // empty: no body
    std::string body = {};
    /// Location of what was created, Link to the next page, Allow.
    std::vector<std::pair<std::string, std::string>> headers = {};
};

/// Whether a path is this interface's to answer.
bool is_api_path(std::string_view path);

/// Total: every request has an answer. Threading: as the agent.
HttpReply serve_http(Agent& agent, const HttpRequest& request);

}  // namespace weft::mgmt
