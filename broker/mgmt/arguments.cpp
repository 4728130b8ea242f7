#include "broker/mgmt/arguments.hpp"

#include "common/base/conditions.hpp"
#include "common/base/printable.hpp"
#include "common/mgmt/coercion.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace weft::broker_mgmt {
namespace {

constexpr std::string_view kQueueIdentity = "queue/";

/// Null: it is not there, or says nothing.
const wire::Value* given(const wire::Map& properties, std::string_view key) {
    const wire::Value* value = wire::find(properties, key);
    return value == nullptr || value->is_null() ? nullptr : value;
}

/// The number that all of `text` is.
std::optional<queue::MessageId> id_of(std::string_view text) {
    queue::MessageId id = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    const bool whole = error == std::errc{} && end == text.data() + text.size() && id > 0;
    return whole ? std::optional{id} : std::nullopt;
}

}  // namespace

Result<std::string> text_in(const wire::Map& properties, std::string_view key) {
    const wire::Value* value = given(properties, key);
    const std::string* text = value == nullptr ? nullptr : value->text();
    if (text == nullptr || text->empty()) {
        return fail(kInvalidField, "'" + std::string{key} + "' must be given, as text");
    }
    return *text;
}

Result<std::string> queue_name(const wire::Map& properties) {
    const wire::Value* identity = given(properties, "identity");
    if (identity == nullptr) {
        return text_in(properties, "name");
    }
    const std::string* text = identity->text();
    if (text == nullptr || !text->starts_with(kQueueIdentity)) {
        return fail(kNotFound, "there is no such queue: an identity is \"queue/NAME\"");
    }
    return text->substr(kQueueIdentity.size());
}

Result<std::int64_t> number_in(const wire::Map& properties,
                               std::string_view key,
                               std::int64_t otherwise,
                               std::int64_t least,
                               std::int64_t most) {
    const wire::Value* value = given(properties, key);
    if (value == nullptr) {
        return otherwise;
    }
    const auto number = mgmt::integer_of(*value);
    if (!number || *number < least || *number > most) {
        return fail(kInvalidField, "'" + std::string{key} + "' must be a number from " +
                                       std::to_string(least) + " to " + std::to_string(most));
    }
    return *number;
}

Result<std::set<queue::MessageId>> ids_in(const wire::Map& properties, std::size_t most) {
    std::set<queue::MessageId> ids;
    if (given(properties, "ids") == nullptr) {
        return ids;
    }
    WEFT_TRY(const std::string text, text_in(properties, "ids"));
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t comma = std::min(text.find(',', at), text.size());
        const std::string_view word = std::string_view{text}.substr(at, comma - at);
        const std::size_t dash = word.find('-');
        const auto first = id_of(word.substr(0, dash));
        const auto last = dash == std::string_view::npos ? first : id_of(word.substr(dash + 1));
        if (!first || !last || *first > *last) {
            return fail(kInvalidField,
                        "'ids' must be numbers of messages such as \"5,7,9-12\", "
                        "and has '" +
                            printable(word) + "'");
        }
        if (*last - *first >= most || ids.size() + (*last - *first) >= most) {
            return fail(kInvalidField, "'ids' names more than " + std::to_string(most) +
                                           " messages: name fewer, or give a 'count'");
        }
        for (queue::MessageId id = *first; id <= *last; ++id) {
            ids.insert(id);
        }
        at = comma + 1;
    }
    return ids;
}

std::string ids_text(const std::set<queue::MessageId>& ids) {
    std::string text;
    for (auto id = ids.begin(); id != ids.end();) {
        queue::MessageId last = *id;
        text += (text.empty() ? "" : ",") + std::to_string(*id);
        const queue::MessageId first = last;
        for (++id; id != ids.end() && *id == last + 1; ++id) {
            last = *id;
        }
        text += last == first ? "" : "-" + std::to_string(last);
    }
    return text;
}

}  // namespace weft::broker_mgmt
