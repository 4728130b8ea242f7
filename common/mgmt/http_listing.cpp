#include "common/mgmt/http_listing.hpp"

#include "common/mgmt/answers.hpp"
#include "common/mgmt/coercion.hpp"
#include "common/mgmt/http_answers.hpp"
#include "common/mgmt/http_api.hpp"
#include "common/mgmt/uri_text.hpp"

#include <algorithm>
#include <utility>

namespace weft::mgmt {

HttpListing::HttpListing(const EntityType& type, const HttpRequest& request)
    : type_{type}, query_{request.query()}, json_{kHttpIndent} {
    constexpr auto kMost = static_cast<std::int64_t>(kRowsMax);
    at_ = number("offset").value_or(0);
    const std::int64_t asked = number("count").value_or(0);
    left_ = asked == 0 ? kMost : std::min(asked, kMost);
    read_names();
    json_.open('[');
}

std::optional<std::int64_t> HttpListing::number(std::string_view name) {
    const auto text = query_value(query_, name);
    if (!text || text->empty()) {
        return std::nullopt;
    }
    const auto number = integer_of(wire::Value{*text});
    if (!number) {
        failed_ = failure(400, "Property '" + std::string{name} + "' must be an integer");
    }
    return number;
}

void HttpListing::read_names() {
    std::string_view rest = query_value(query_, "attributes").value_or("");
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find(','), rest.size());
        const auto name = percent_decoded(rest.substr(0, end));
        if (!name) {
            failed_ = failure(400, "Malformed percent-encoding in 'attributes'");
            return;
        }
        names_.emplace_back(*name);
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
}

void HttpListing::attempt(Agent& agent, const Requester& who) {
    found_ = {.status = Status::internal_error, .description = {}};  // if it throws
    if (!failed_) {
        constexpr auto kMost = static_cast<std::int64_t>(kRowsAtOnce);
        found_ = agent.handle({.properties = {{"operation", "QUERY"},
                                              {"entityType", type_.name},
                                              {"offset", at_},
                                              {"count", std::min(left_, kMost)}},
                               .body = wire::Map{{"attributeNames", names_}},
                               .who = who});
    }
}

bool HttpListing::keep() {
    const Reply piece = std::exchange(found_, {});
    if (!failed_ && piece.status != Status::ok) {
        failed_ = piece.description.empty() ? failure_of_ours() : failure(piece);
    }
    if (failed_) {
        return true;
    }
    if (!piece.missing.empty()) {
        missing_ = piece.missing;
    }
    write(*piece.body.as<wire::Map>());
    more_ = piece.next_offset.has_value();
    return !more_ || left_ == 0 || json_.size() >= kPageBytesMax;
}

void HttpListing::write(const wire::Map& table) {
    const auto& columns = *wire::find(table, "attributeNames")->as<wire::List>();
    const auto& rows = *wire::find(table, "results")->as<wire::List>();
    for (const wire::Value& row : rows) {
        const auto& values = *row.as<wire::List>();
        json_.element();
        json_.open('{');
        for (std::size_t i = 0; i < columns.size(); ++i) {
            json_.member(*columns[i].text());
            json_.value(values[i]);
        }
        json_.close('}');
    }
    const auto count = static_cast<std::int64_t>(rows.size());
    at_ += count;
    left_ -= count;
}

HttpResponse HttpListing::take() {
    if (failed_) {
        return *std::move(failed_);
    }
    json_.close(']');
    HttpResponse page = json_answer(200, json_.take());
    if (!missing_.empty()) {
        page.headers.emplace_back("Weft-Incomplete", missing_);
    }
    if (more_) {
        page.headers.emplace_back("Link", next_page());
    }
    return page;
}

std::string HttpListing::next_page() const {
    std::string link = "<" + api_path_of(type_) + "?offset=" + std::to_string(at_);
    for (const char* name : {"count", "attributes"}) {
        if (const auto value = query_value(query_, name)) {
            link.append("&").append(name).append("=").append(*value);
        }
    }
    return link + ">; rel=\"next\"";
}

}  // namespace weft::mgmt
