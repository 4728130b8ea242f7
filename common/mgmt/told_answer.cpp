#include "common/mgmt/told_answer.hpp"

#include "common/mgmt/json.hpp"

#include <algorithm>
#include <functional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace weft::mgmt {
namespace {

std::uint64_t hash_of(std::string_view text) {
    return std::hash<std::string_view>{}(text);
}

std::string_view header(const HttpResponse& answer, std::string_view name) {
    const auto found = std::ranges::find_if(
        answer.headers, [&](const auto& header) { return header.first == name; });
    return found == answer.headers.end() ? std::string_view{} : std::string_view{found->second};
}

/// Its identity, or its name; its place where it has neither, or shares it.
std::string key_of(const wire::Value& row,
                   std::size_t place,
                   const std::unordered_set<std::string>& taken) {
    if (const auto* map = row.as<wire::Map>()) {
        for (const std::string_view name : {"identity", "name"}) {
            const wire::Value* value = wire::find(*map, name);
            if (value != nullptr && value->text() != nullptr && !taken.contains(*value->text())) {
                return *value->text();
            }
        }
    }
    return "#" + std::to_string(place);
}

JsonWriter begin(std::int64_t watch) {
    JsonWriter json{-1};
    json.open('{');
    json.member("watch");
    json.value(watch);
    return json;
}

std::string end(JsonWriter& json) {
    json.close('}');
    return json.take() + "\n";
}

std::string_view trimmed(std::string_view body) {
    return body.substr(0, body.find_last_not_of('\n') + 1);
}

}  // namespace

std::string ToldAnswer::change(std::int64_t watch, const HttpResponse& answer) {
    if (answer.status == 200 && answer.body.starts_with('[')) {
        return list(watch, answer);
    }
    rows_.clear();
    const std::uint64_t rest = hash_of(answer.body) ^ answer.status;
    JsonWriter json = begin(watch);
    if (!is_new_ && !is_list_ && rest == rest_) {
        return end(json);
    }
    rest_ = rest;
    is_list_ = false;
    is_new_ = false;
    const auto said = from_json(answer.body);
    if (answer.status == 200) {
        json.member("answer");
        json.value(said ? *said : wire::Value{trimmed(answer.body)});
        return end(json);
    }
    const auto* map = said ? said->as<wire::Map>() : nullptr;
    const wire::Value* error = map == nullptr ? nullptr : wire::find(*map, "error");
    json.member("status");
    json.value(std::int64_t{answer.status});
    json.member("error");
    json.value(error == nullptr ? wire::Value{trimmed(answer.body)} : *error);
    return end(json);
}

/// Tells of a list by what it was before.
std::string ToldAnswer::list(std::int64_t watch, const HttpResponse& answer) {
    const auto said = from_json(answer.body);
    const auto* told = said ? said->as<wire::List>() : nullptr;
    if (told == nullptr || told->size() > kWatchedRowsMax) {
        return change(watch, {.status = 413,
                              .body = "a list that is watched has at most " +
                                      std::to_string(kWatchedRowsMax) +
                                      " rows: ask for a page of it, with 'count'"});
    }
    std::map<std::string, std::string> changed;  // rows as JSON, by their keys
    std::vector<Row> rows = rows_of(*told, changed);
    std::string total{header(answer, "Weft-Total")};
    if (total.empty()) {
        total = std::to_string(rows.size());
    }
    const std::string_view missing = header(answer, "Weft-Incomplete");
    const std::uint64_t rest = hash_of(total + "\n" + std::string{missing});
    const bool anew = is_new_ || !is_list_;
    const bool reordered = anew || !std::ranges::equal(rows, rows_, {}, &Row::key, &Row::key);
    JsonWriter json = begin(watch);
    if (!reordered && changed.empty() && rest == rest_) {
        return end(json);
    }
    rows_ = std::move(rows);
    rest_ = rest;
    is_list_ = true;
    is_new_ = false;
    json.member("total");
    json.raw(total);
    if (!missing.empty()) {
        json.member("missing");
        json.string(missing);
    }
    if (reordered) {
        write_order(json);
    }
    json.member("rows");
    json.open('{');
    for (const auto& [key, text] : changed) {
        json.member(key);
        json.raw(text);
    }
    json.close('}');
    return end(json);
}

std::vector<ToldAnswer::Row> ToldAnswer::rows_of(
    const wire::List& told, std::map<std::string, std::string>& changed) const {
    std::unordered_map<std::string_view, std::uint64_t> before;
    for (const Row& row : rows_) {
        before.emplace(row.key, row.hash);
    }
    std::vector<Row> rows;
    rows.reserve(told.size());
    std::unordered_set<std::string> taken;
    for (const wire::Value& value : told) {
        std::string text = to_json(value);
        Row row{.key = key_of(value, rows.size(), taken), .hash = hash_of(text)};
        const auto found = before.find(row.key);
        if (found == before.end() || found->second != row.hash) {
            changed.emplace(row.key, std::move(text));
        }
        taken.insert(row.key);
        rows.push_back(std::move(row));
    }
    return rows;
}

void ToldAnswer::write_order(JsonWriter& json) const {
    json.member("order");
    json.open('[');
    for (const Row& row : rows_) {
        json.element();
        json.string(row.key);
    }
    json.close(']');
}

}  // namespace weft::mgmt
