#include "router/linkstate/control_fields.hpp"

#include "common/base/conditions.hpp"
#include "common/base/utf8.hpp"
#include "common/wire/reader.hpp"
#include "router/linkstate/messages.hpp"

#include <algorithm>
#include <optional>

namespace weft::linkstate {
namespace {

using wire::Reader;

/// The integer that `value` encodes. An ulong that does not fit comes out negative, which no field
/// may be.
std::optional<std::int64_t> integer_of(Bytes value) {
    return Reader(value).integer();
}

/// The next value if it is a string or a symbol; either way it is passed.
std::optional<std::string_view> next_text(Reader& values) {
    if (wire::is_text(values.peek())) {
        return values.text();
    }
    static_cast<void>(values.raw());
    return std::nullopt;
}

/// The known field of that name; behind the end if there is none.
std::size_t index_of(std::string_view name) {
    const auto* const found = std::ranges::find(kFieldNames, name);
    return static_cast<std::size_t>(found - kFieldNames.begin());
}

bool has_twin(const std::vector<std::pair<std::string, std::int64_t>>& peers) {
    std::vector<std::string_view> ids;
    ids.reserve(peers.size());
    for (const auto& [id, cost] : peers) {
        ids.push_back(id);
    }
    std::ranges::sort(ids);
    return std::ranges::adjacent_find(ids) != ids.end();
}

}  // namespace

bool is_router_id(std::string_view text) {
    return !text.empty() && text.size() <= kRouterIdMax && is_utf8(text);
}

Result<ControlFields> ControlFields::read(Bytes map, std::string place) {
    ControlFields fields;
    fields.place_ = std::move(place);
    Reader reader(map);
    std::uint32_t count = 0;
    Reader pairs = reader.map(count);
    if (!reader.ok() || count % 2 != 0) {
        return fail(kInvalidField, fields.place_ + " is not a map");
    }
    while (!pairs.done()) {
        const auto name = next_text(pairs);
        const Bytes value = pairs.raw();
        const std::size_t index = name ? index_of(*name) : kFieldNames.size();
        if (index == kFieldNames.size()) {
            continue;
        }
        if (!fields.values_[index].empty()) {
            return fields.wrong(static_cast<Field>(index), "is there twice");
        }
        fields.values_[index] = value;
    }
    return fields;
}

std::string ControlFields::place_of(Field field) const {
    return place_ + "." + std::string{kFieldNames[static_cast<std::size_t>(field)]};
}

tl::unexpected<Error> ControlFields::wrong(Field field, std::string_view what) const {
    return fail(kInvalidField,
                place_of(field) + " " + std::string{has(field) ? what : "is missing"});
}

Result<std::string_view> ControlFields::text(Field field) const {
    Reader reader(value(field));
    const auto found = next_text(reader);
    if (!found) {
        return wrong(field, "is neither a string nor a symbol");
    }
    return *found;
}

Result<std::string> ControlFields::router_id(Field field) const {
    WEFT_TRY(const std::string_view found, text(field));
    if (!is_router_id(found)) {
        return wrong(field, "is not the id of a router: 1 to 255 bytes of UTF-8");
    }
    return std::string{found};
}

Result<std::int64_t> ControlFields::integer(Field field) const {
    const auto found = has(field) ? integer_of(value(field)) : std::nullopt;
    if (!found) {
        return wrong(field, "is not an integer");
    }
    if (*found < 0 || *found > kSequenceMax) {
        return wrong(field, "is not within 0 and 2^62");
    }
    return *found;
}

Result<std::int64_t> ControlFields::integer_or_zero(Field field) const {
    return has(field) ? integer(field) : Result<std::int64_t>{0};
}

Result<ControlFields> ControlFields::map(Field field) const {
    if (!has(field)) {
        return wrong(field, "");
    }
    return read(value(field), place_of(field));
}

Result<ControlFields::List> ControlFields::list(Field field, std::size_t count_max) const {
    Reader reader(value(field));
    std::uint32_t count = 0;
    const Reader elements = reader.list(count);
    if (!reader.ok()) {
        return wrong(field, "is not a list");
    }
    if (count > count_max) {
        return wrong(field, "has " + std::to_string(count) + " elements; at most " +
                                std::to_string(count_max) + " are taken");
    }
    return List{count, elements};
}

Result<ControlFields::List> ControlFields::list(Field field) const {
    return list(field, kKeysMax);
}

Result<std::vector<std::string>> ControlFields::router_ids(Field field) const {
    WEFT_TRY(List ids, list(field, kPeersMax));
    std::vector<std::string> found;
    found.reserve(ids.count);
    while (!ids.elements.done()) {
        const auto id = next_text(ids.elements);
        if (!id || !is_router_id(*id)) {
            return wrong(field, "has an element that is not the id of a router");
        }
        found.emplace_back(*id);
    }
    return found;
}

Result<std::string_view> ControlFields::next_key(Field field, List& list) const {
    const auto key = next_text(list.elements);
    if (!key || key->empty()) {
        return wrong(field, "has an element that is not the key of an address");
    }
    return *key;
}

Result<std::int64_t> ControlFields::next_integer(Field field, List& list) const {
    const Bytes element = list.elements.raw();
    const auto number = element.empty() ? std::nullopt : integer_of(element);
    if (!number) {
        return wrong(field, "has an element that is not an integer");
    }
    return *number;
}

Result<std::vector<std::pair<std::string, std::int64_t>>> ControlFields::costs(Field field) const {
    Reader reader(value(field));
    std::uint32_t count = 0;
    Reader pairs = reader.map(count);
    if (!reader.ok() || count % 2 != 0 || count / 2 > kPeersMax) {
        return wrong(field, "is not a map of at most " + std::to_string(kPeersMax) + " routers");
    }
    std::vector<std::pair<std::string, std::int64_t>> found;
    found.reserve(count / 2);
    while (!pairs.done()) {
        const auto id = next_text(pairs);
        const Bytes encoded = pairs.raw();
        const auto cost = encoded.empty() ? std::nullopt : integer_of(encoded);
        if (!id || !is_router_id(*id)) {
            return wrong(field, "has a key that is not the id of a router");
        }
        if (!cost || *cost < 1 || *cost > kCostMax) {
            return wrong(field, "has a cost that is not an integer within 1 and 2^31");
        }
        found.emplace_back(*id, *cost);
    }
    if (has_twin(found)) {
        return wrong(field, "names a router twice");
    }
    return found;
}

}  // namespace weft::linkstate
