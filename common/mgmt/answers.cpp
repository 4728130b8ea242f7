#include "common/mgmt/answers.hpp"

#include "common/base/conditions.hpp"
#include "common/mgmt/status.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace weft::mgmt {
namespace {

using wire::Value;

constexpr std::array<std::string_view, 3> kCommon{"name", "identity", "type"};

bool is_common(std::string_view attribute) {
    return std::ranges::find(kCommon, attribute) != kCommon.end();
}

/// `typed`: "router/A" is what it is called.
Value value_of(const EntityType& type,
               const Row& row,
               const Attribute* attribute,
               bool typed = false) {
    if (attribute == nullptr || attribute->secret) {
        return {};
    }
    if (typed && (attribute->name == "name" || attribute->name == "identity")) {
        return type.short_name + "/" + row.shown_name();
    }
    if (attribute->name == "name") {
        return row.shown_name();
    }
    if (attribute->name == "identity") {
        return row.identity;
    }
    if (attribute->name == "type") {
        return type.name;
    }
    const Value* value = row.attributes.find(attribute->name);
    return value == nullptr ? Value{} : *value;
}

/// About what it takes in an answer.
std::size_t weight_of(const Value& value) {
    const auto sum = [](const wire::List& values) {
        std::size_t all = sizeof(Value);
        for (const Value& each : values) {
            all += weight_of(each);
        }
        return all;
    };
    if (const std::string* text = value.text()) {
        return sizeof(Value) + text->size();
    }
    if (const auto* binary = value.as<wire::Binary>()) {
        return sizeof(Value) + binary->bytes.size();
    }
    if (const auto* list = value.as<wire::List>()) {
        return sum(*list);
    }
    if (const auto* array = value.as<wire::Array>()) {
        return sum(array->elements);
    }
    std::size_t all = sizeof(Value);
    if (const auto* map = value.as<wire::Map>()) {
        for (const auto& [key, each] : *map) {
            all += weight_of(key) + weight_of(each);
        }
    }
    return all;
}

/// Every attribute of the selected types, each once, in order of appearance.
std::vector<std::string> all_columns(const Catalogue& catalogue, const EntityType* type) {
    std::vector<std::string> names;
    for (const EntityType& each : catalogue.types()) {
        if (type != nullptr && &each != type) {
            continue;
        }
        for (const std::string_view name : each.columns()) {
            if (std::ranges::find(names, name) == names.end()) {
                names.emplace_back(name);
            }
        }
    }
    return names;
}

Result<void> check_known(const Catalogue& catalogue, const Query& query) {
    if (query.attributes.size() > kColumnsMax) {
        return fail(kInvalidField,
                    "At most " + std::to_string(kColumnsMax) + " attribute names may be asked for");
    }
    for (const std::string& name : query.attributes) {
        if (query.type != nullptr) {
            if (query.type->find(name) == nullptr && !query.type->null_for_unknown) {
                return fail(kNotFound, Catalogue::unknown_attribute(*query.type, name));
            }
            continue;
        }
        const bool known = std::ranges::any_of(
            catalogue.types(), [&](const EntityType& each) { return each.find(name) != nullptr; });
        if (!known) {
            return fail(kNotFound, "Unknown attribute '" + name + "': no entity type has it");
        }
    }
    return {};
}

/// Collects one type's rows as columns of the page.
class Collector {
public:
    Collector(const EntityType& type, RowPage& page, std::size_t& weight, bool typed, bool sparse)
        : type_{type}, page_{page}, weight_{weight}, typed_{typed}, sparse_{sparse} {
        for (const std::string& name : page.attributes) {
            columns_.push_back(type.find(name));
        }
    }

    bool has_columns() const {
        return std::ranges::any_of(columns_, [](const Attribute* each) { return each != nullptr; });
    }

    /// False for a row of nulls that a sparse page leaves out.
    bool take(const Row& row, std::size_t& skip) {
        wire::List values;
        values.reserve(columns_.size());
        bool filled = false;
        for (const Attribute* column : columns_) {
            filled = !values.emplace_back(value_of(type_, row, column, typed_)).is_null() || filled;
        }
        if (sparse_ && !filled) {
            return false;
        }
        if (skip > 0) {
            --skip;
            return false;
        }
        for (const Value& value : values) {
            weight_ += weight_of(value);
        }
        page_.rows.push_back(std::move(values));
        return true;
    }

private:
    const EntityType& type_;
    RowPage& page_;
    std::size_t& weight_;  // of all rows, about, in bytes
    bool typed_;
    bool sparse_;
    std::vector<const Attribute*> columns_;
};

}  // namespace

wire::Map entity_map(const EntityType& type, const Row& row) {
    wire::Map map;
    for (const std::string_view column : type.columns()) {
        Value value = value_of(type, row, type.find(column));
        if (!value.is_null() || type.null_for_unknown) {
            map.emplace_back(column, std::move(value));
        }
    }
    return map;
}

Result<RowPage> read_page(const Catalogue& catalogue, const Directory& directory, Query query) {
    if (auto known = check_known(catalogue, query); !known) {
        return tl::unexpected(known.error());
    }
    RowPage page;
    page.attributes =
        query.attributes.empty() ? all_columns(catalogue, query.type) : std::move(query.attributes);
    const std::vector<Directory::Entry> entries = directory.select(query.type);
    // Rows with no value at all can only occur where no column is common to every type; only
    // then must rows be looked at to know where a page starts.
    const bool sparse = entries.size() > 1 && std::ranges::none_of(page.attributes, is_common);
    const std::size_t limit =
        std::min(kRowsMax, kCellsMax / std::max<std::size_t>(page.attributes.size(), 1));
    const std::size_t count = std::min(query.count, limit);
    std::size_t total = 0;
    std::size_t skip = query.offset;
    std::size_t weight = 0;
    const auto full = [&] { return page.rows.size() == count || weight >= kPageBytesMax; };
    for (const Directory::Entry& entry : entries) {
        const std::size_t size = entry.source->size();
        total += size;
        const bool typed = query.type == nullptr && entry.type->typed_among_all;
        Collector collector{*entry.type, page, weight, typed, sparse};
        if (full() || (sparse && !collector.has_columns())) {
            continue;
        }
        const std::size_t offset = sparse ? 0 : std::min(skip, size);
        const std::size_t wanted = sparse ? size : count - page.rows.size();
        skip -= offset;
        entry.source->read(offset, wanted, [&](const Row& row) {
            collector.take(row, skip);
            return !full();
        });
    }
    page.more = full() && (sparse || query.offset + page.rows.size() < total);
    return page;
}

}  // namespace weft::mgmt
