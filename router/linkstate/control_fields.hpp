#pragma once

#include "common/base/bytes.hpp"
#include "common/base/result.hpp"
#include "common/wire/reader.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::linkstate {

/// Not empty, at most kRouterIdMax bytes, and UTF-8: ids are shown to people and go into JSON.
[[nodiscard]] bool is_router_id(std::string_view text);

/// The names that mean something in a control message, in the order of kFieldNames.
enum class Field : std::uint8_t {
    opcode,
    id,
    pv,
    area,
    instance,
    seen,
    ls_seq,
    mobile_seq,
    have_seq,
    ls,
    peers,
    exist,
    add,
    del,
    hints,
    interval_ms,
};
inline constexpr std::array<std::string_view, 16> kFieldNames = {
    "opcode",   "id", "pv",    "area",  "instance", "seen", "ls_seq", "mobile_seq",
    "have_seq", "ls", "peers", "exist", "add",      "del",  "hints",  "interval_ms"};

/// One map of a control message, by field. A field that is null is absent; others than ours are
/// skipped. Each error is amqp:invalid-field and begins with the field's place: "LSU.ls.peers".
///
/// Views point into the map read. Threading: not shared (a value).
class ControlFields {
public:
    /// `map` is one well-formed value. `place` is what errors call it.
    static Result<ControlFields> read(Bytes map, std::string place);

    bool has(Field field) const { return !value(field).empty(); }
    /// How errors call the field.
    std::string place_of(Field field) const;

    // Each fails if the field is absent or of another type.
    Result<std::string_view> text(Field field) const;
    Result<std::string> router_id(Field field) const;
    /// 0 … kSequenceMax.
    Result<std::int64_t> integer(Field field) const;
    /// As above; 0 if it is absent.
    Result<std::int64_t> integer_or_zero(Field field) const;
    Result<ControlFields> map(Field field) const;
    Result<std::vector<std::string>> router_ids(Field field) const;
    /// A list that is read one by one, since it may be long.
    struct List {
        std::uint32_t count = 0;
        wire::Reader elements;
    };
    /// Of at most kKeysMax elements, which nobody has looked at.
    Result<List> list(Field field) const;
    /// The next element of the list: not empty.
    Result<std::string_view> next_key(Field field, List& list) const;
    Result<std::int64_t> next_integer(Field field, List& list) const;
    /// Router ids with costs; at most kPeersMax, no id twice.
    Result<std::vector<std::pair<std::string, std::int64_t>>> costs(Field field) const;

private:
    Bytes value(Field field) const { return values_[static_cast<std::size_t>(field)]; }
    tl::unexpected<Error> wrong(Field field, std::string_view what) const;
    Result<List> list(Field field, std::size_t count_max) const;

    std::string place_;
    std::array<Bytes, kFieldNames.size()> values_;
};

}  // namespace weft::linkstate
