#pragma once

#include "common/base/http.hpp"
#include "common/mgmt/agent.hpp"

#include <string>

/// Answers over HTTP, as all of /api gives them. Internal to common/mgmt.
namespace weft::mgmt {

/// `body` is JSON already.
HttpResponse json_answer(unsigned status, std::string body);
HttpResponse json_answer(unsigned status, const wire::Value& value);
/// {"error": text, "status": number}.
HttpResponse failure(unsigned status, std::string text);
HttpResponse failure(const Reply& reply);
/// For who asked something at which the daemon failed.
HttpResponse failure_of_ours();

/// "/api/listener".
std::string api_path_of(const EntityType& type);

}  // namespace weft::mgmt
