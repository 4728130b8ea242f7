#include "tools/weft/tables/report.hpp"

#include "common/base/printable.hpp"
#include "tools/weft/values/value_json.hpp"

#include <algorithm>
#include <utility>

namespace weft::tools {
namespace {

std::string value_text(const Json& value, bool quoted) {
    if (value.is_null()) {
        return quoted ? "None" : "";
    }
    if (value.is_boolean()) {
        return value.get<bool>() ? "True" : "False";
    }
    if (value.is_array()) {
        std::string list;
        for (const Json& element : value) {
            list += (list.empty() ? "" : ", ") + value_text(element, true);
        }
        return "[" + list + "]";
    }
    return quoted && value.is_string() ? "'" + plain_text(value) + "'" : plain_text(value);
}

}  // namespace

void print(const Report& report, bool csv, std::ostream& out) {
    bool first = true;
    for (const auto& part : report.parts) {
        if (!std::exchange(first, false)) {
            out << '\n';
        }
        if (const Table* table = std::get_if<Table>(&part)) {
            csv ? print_csv(*table, out) : print_text(*table, out);
        } else {
            out << printable(std::get<std::string>(part), Breaks::kept) << '\n';
        }
    }
}

Table make_table(std::string title,
                 const std::vector<Entity>& entities,
                 const std::vector<Column>& columns) {
    Table table{.title = std::move(title), .heads = {}, .rows = {}};
    for (const Column& column : columns) {
        table.heads.push_back(column.head);
    }
    for (const Entity& entity : entities) {
        auto& row = table.rows.emplace_back();
        for (const Column& column : columns) {
            row.push_back(column.cell(entity));
        }
    }
    return table;
}

Table make_sheet(std::string title, const Entity& entity, const std::vector<Column>& lines) {
    Table table{.title = std::move(title), .heads = {"attr", "value"}, .rows = {}};
    for (const Column& line : lines) {
        table.rows.push_back({line.head, line.cell(entity)});
    }
    return table;
}

Column plain(std::string head, std::string attribute) {
    return {std::move(head), [attribute = std::move(attribute)](const Entity& entity) {
                return text_of(entity, attribute);
            }};
}

std::string text_of(const Entity& entity, std::string_view attribute) {
    const auto found = entity.find(attribute);
    return found == entity.end() ? std::string{} : value_text(*found, false);
}

std::int64_t number_of(const Entity& entity, std::string_view attribute) {
    const auto found = entity.find(attribute);
    return found != entity.end() && found->is_number() ? found->get<std::int64_t>() : 0;
}

bool is_set(const Entity& entity, std::string_view attribute) {
    const auto found = entity.find(attribute);
    if (found == entity.end() || found->is_null()) {
        return false;
    }
    return found->is_boolean() ? found->get<bool>() : !text_of(entity, attribute).empty();
}

bool any_has(const std::vector<Entity>& entities, std::string_view attribute) {
    return std::ranges::any_of(
        entities, [attribute](const Entity& entity) { return entity.contains(attribute); });
}

}  // namespace weft::tools
