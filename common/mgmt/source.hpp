#pragma once

#include "common/base/result.hpp"
#include "common/mgmt/entity_type.hpp"
#include "common/wire/value.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What a daemon gives the agent: the entities of one type.
/// Threading: everything here is confined to the agent's loop.
namespace weft::mgmt {

/// Values by attribute name. Names are string literals or a catalogue's; a name stands once.
class Attributes {
public:
    using Entry = std::pair<std::string_view, wire::Value>;

    Attributes() = default;
    Attributes(std::initializer_list<Entry> entries) : entries_{entries} {}

    void set(std::string_view name, wire::Value value);
    /// Null if it isn't there.
    const wire::Value* find(std::string_view name) const;

    std::size_t size() const { return entries_.size(); }
    bool empty() const { return entries_.empty(); }
    auto begin() const { return entries_.begin(); }
    auto end() const { return entries_.end(); }

private:
    std::vector<Entry> entries_;
};

/// One entity. Attributes that it leaves out are told as null or not at all.
struct Row {
    std::string identity;
    std::string name;  // empty: the identity is its name
    Attributes attributes;
    std::string remark = {};  // what whoever created it is told besides

    const std::string& shown_name() const { return name.empty() ? identity : name; }
};

enum class FindBy : std::uint8_t { identity, name };

/// The entities of one type. Implementations live as long as the agent they are given to.
class Source {
public:
    /// Takes a row; returns whether it wants the next one.
    using Visit = std::function<bool(const Row&)>;

    Source() = default;
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;
    virtual ~Source() = default;

    virtual std::size_t size() const = 0;

    /// Shows up to `count` rows from position `offset` on, in an order that stays the same while
    /// nothing is added or removed. Pages of 100,000 rows should cost what a page costs.
    virtual void read(std::size_t offset, std::size_t count, const Visit& visit) const = 0;

    /// The entity with this identity, or the first with this name (which is the identity where
    /// none was given). Reads everything; override it where an index exists.
    virtual std::optional<Row> find(FindBy by, std::string_view value) const;

    // The attributes come checked: known, of their type, settable; on create those given alone.
    // Errors: any condition of status.hpp; the text reaches the requester. kNotImplemented
    // unless overridden.

    /// `name` is empty if none was given. Returns the new entity.
    virtual Result<Row> create(std::string_view name, Attributes attributes);
    /// `changes` are those that differ from now. Returns the entity as it is then.
    virtual Result<Row> update(const std::string& identity, Attributes changes);
    virtual Result<void> remove(const std::string& identity);
    /// Also though that loses something, which `remove` refuses. Unless overridden as `remove`.
    virtual Result<void> remove_by_force(const std::string& identity) { return remove(identity); }
};

}  // namespace weft::mgmt
