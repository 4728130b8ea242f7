#pragma once

#include "common/base/http.hpp"
#include "common/mgmt/agent.hpp"
#include "common/mgmt/http_listing.hpp"

#include <optional>
#include <string_view>

/// Management as JSON over HTTP, by the same agent.
///
///   GET    /api                       the entity types, with links
///   GET    /api/me                    who asks, and what he may do: {"user", "access": "viewer",
///                                     "operations": {TYPE: […]}}, beside what a viewer may
///   GET    /api/schema                the schema, as GET-SCHEMA answers it
///   GET    /api/TYPE                  its entities, a list of objects; ?attributes=a,b picks
///                                     attributes, ?offset= and ?count= a page; ?where=, ?match=
///                                     and ?sort= select and order them, http_selection.hpp
///   POST   /api/TYPE                  creates one from an object; with ?operation=PEEK, or what
///                                     else the type is asked to do, that with an object of its
///                                     properties: the operations that no other method stands for
///   GET    /api/TYPE/ENTITY           one entity, by identity or name
///   PUT, PATCH /api/TYPE/ENTITY       changes the attributes in an object
///   DELETE /api/TYPE/ENTITY           deletes it
///
/// TYPE is a short or full type name. ENTITY is the rest of the path, slashes and all,
/// percent-encoded where needed. Failures are {"error": text, "status": number}.
namespace weft::mgmt {

/// Whether a path is this interface's to answer.
bool is_api_path(std::string_view path);

/// Spaces for each level of the JSON that answers have.
inline constexpr int kHttpIndent = 2;

/// One request on its way to an answer, which a long list reaches in pieces: what a piece costs is
/// bounded, and others have their turns in between.
///
///   attempt (again, while it lacks something) ──▶ keep ──false──▶ attempt the next piece
///                                                   └──true───▶ take
///
/// Total: every request has an answer; HEAD has that of GET. A request with a body must say
/// application/json: a browser then asks before a page of another origin may send one. An answer's
/// headers are the Location of what was created, Link to the next page, Allow, Weft-Total: the rows
/// of all pages of a selection, and Weft-Incomplete: what a list leaves out because it is not known
/// in time. Threading: as the agent.
class HttpExchange {
public:
    /// `agent` must outlive it.
    HttpExchange(Agent& agent, HttpRequest request, Requester who);
    HttpExchange(const HttpExchange&) = delete;
    HttpExchange& operator=(const HttpExchange&) = delete;

    /// Works at the next piece, within `Agent::run`. One that throws becomes an answer, 500.
    void attempt();
    /// The attempt lacked nothing. True: the answer is whole.
    [[nodiscard]] bool keep();
    /// Once, when it is whole.
    HttpResponse take();

private:
    Agent& agent_;
    HttpRequest request_;
    Requester who_;
    std::optional<HttpListing> listing_;
    std::optional<HttpResponse> answer_;  // of what is no list
};

}  // namespace weft::mgmt
