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
    read_selection();
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

void HttpListing::read_selection() {
    auto selection = HttpSelection::of(query_);
    if (!selection) {
        failed_ = failure(400, selection.error().text);
    } else if (at_ < 0 || left_ < 0) {
        selection_.reset();  // the first piece tells of it
    } else if (*selection) {
        selection_ = **std::move(selection);
        skip_ = std::exchange(at_, 0);
    }
}

void HttpListing::attempt(Agent& agent, const Requester& who) {
    found_ = {.status = Status::internal_error, .description = {}};  // if it throws
    if (!failed_ && !arranged_) {
        constexpr auto kMost = static_cast<std::int64_t>(kRowsAtOnce);
        found_ =
            agent.handle({.properties = {{"operation", "QUERY"},
                                         {"entityType", type_.name},
                                         {"offset", at_},
                                         {"count", selection_ ? kMost : std::min(left_, kMost)}},
                          .body = wire::Map{{"attributeNames", names_}},
                          .who = who});
    }
}

bool HttpListing::keep() {
    const Reply piece = std::exchange(found_, {});
    if (!failed_ && arranged_) {
        return write_selected();
    }
    if (!failed_ && piece.status != Status::ok) {
        failed_ = piece.description.empty() ? failure_of_ours() : failure(piece);
    }
    if (failed_) {
        return true;
    }
    if (!piece.missing.empty()) {
        missing_ = piece.missing;
    }
    more_ = piece.next_offset.has_value();
    if (selection_) {
        return gather(*piece.body.as<wire::Map>());
    }
    write(*piece.body.as<wire::Map>());
    return !more_ || left_ == 0 || json_.size() >= kPageBytesMax;
}

bool HttpListing::gather(const wire::Map& table) {
    if (columns_.empty()) {
        columns_ = *wire::find(table, "attributeNames")->as<wire::List>();
        if (auto known = selection_->know(columns_); !known) {
            failed_ = failure(400, known.error().text);
            return true;
        }
    }
    const auto& rows = *wire::find(table, "results")->as<wire::List>();
    for (const wire::Value& row : rows) {
        selection_->gather(*row.as<wire::List>());
    }
    at_ += static_cast<std::int64_t>(rows.size());
    if (more_ && !selection_->is_full()) {
        return false;
    }
    if (more_) {
        missing_ = "more than " + std::to_string(HttpSelection::kGatheredMax) +
                   " rows are meant: ask for fewer";
    }
    const auto size = static_cast<std::int64_t>(selection_->size());
    at_ = std::min(skip_, size);
    left_ = std::min(left_, size - at_);
    selection_->arrange(static_cast<std::size_t>(at_ + left_));
    arranged_ = true;
    return left_ == 0;
}

bool HttpListing::write_selected() {
    const std::int64_t end = at_ + std::min(left_, static_cast<std::int64_t>(kRowsAtOnce));
    for (; at_ < end; ++at_, --left_) {
        write_row(columns_, selection_->row(static_cast<std::size_t>(at_)));
    }
    return left_ == 0 || json_.size() >= kPageBytesMax;
}

void HttpListing::write_row(const wire::List& columns, const wire::List& values) {
    json_.element();
    json_.open('{');
    for (std::size_t i = 0; i < columns.size(); ++i) {
        json_.member(*columns[i].text());
        json_.value(values[i]);
    }
    json_.close('}');
}

void HttpListing::write(const wire::Map& table) {
    const auto& columns = *wire::find(table, "attributeNames")->as<wire::List>();
    const auto& rows = *wire::find(table, "results")->as<wire::List>();
    for (const wire::Value& row : rows) {
        write_row(columns, *row.as<wire::List>());
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
    if (selection_) {
        more_ = at_ < static_cast<std::int64_t>(selection_->size());
        page.headers.emplace_back("Weft-Total", std::to_string(selection_->size()));
    }
    if (more_) {
        page.headers.emplace_back("Link", next_page());
    }
    return page;
}

std::string HttpListing::next_page() const {
    std::string link = "<" + api_path_of(type_) + "?offset=" + std::to_string(at_);
    std::string_view rest = query_;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find('&'), rest.size());
        const std::string_view each = rest.substr(0, end);
        for (const char* name : {"count", "attributes", "where", "match", "sort"}) {
            if (query_value(each, name)) {
                link.append("&").append(each);
            }
        }
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return link + ">; rel=\"next\"";
}

}  // namespace weft::mgmt
