#include "common/mgmt/http_answers.hpp"

#include "common/mgmt/http_api.hpp"
#include "common/mgmt/json.hpp"
#include "common/mgmt/uri_text.hpp"

#include <utility>

namespace weft::mgmt {

HttpResponse json_answer(unsigned status, std::string body) {
    return {.status = status, .content_type = "application/json", .body = std::move(body) + "\n"};
}

HttpResponse json_answer(unsigned status, const wire::Value& value) {
    return json_answer(status, to_json(value, kHttpIndent));
}

HttpResponse failure(unsigned status, std::string text) {
    return json_answer(status, wire::Value{wire::Map{{"error", std::move(text)},
                                                     {"status", std::int64_t{status}}}});
}

HttpResponse failure(const Reply& reply) {
    return failure(static_cast<unsigned>(reply.status), reply.description);
}

HttpResponse failure_of_ours() {
    return failure(500, "the daemon failed at it, see its log");
}

std::string api_path_of(const EntityType& type) {
    return "/api/" + percent_encoded(type.short_name);
}

}  // namespace weft::mgmt
