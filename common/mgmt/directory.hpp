#pragma once

#include "common/mgmt/catalogue.hpp"
#include "common/mgmt/source.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weft::mgmt {

/// Which source serves which entity type, and finding entities across them.
/// Threading: loop-confined.
class Directory {
public:
    struct Entry {
        const EntityType* type = nullptr;
        Source* source = nullptr;
    };
    struct Found {
        const EntityType* type = nullptr;
        Source* source = nullptr;
        Row row;
    };

    /// `catalogue` must outlive the directory.
    explicit Directory(const Catalogue& catalogue) : catalogue_{catalogue} {}

    /// One source a type; a second one, or an unknown type, is a programmer's error.
    void serve(std::string_view type, Source& source);

    /// Null if nothing serves the type.
    Source* source_of(const EntityType& type) const;
    /// Everything that is a `type`, in the catalogue's order; all of it if that is null.
    std::vector<Entry> select(const EntityType* type) const;

    /// The entity by identity and name (where both are given they must agree), among those that
    /// are a `type` (null: all). Errors: kNotFound; kInvalidField if it is of another type, if
    /// several are meant, or if neither is given.
    [[nodiscard]] Result<Found> find(const EntityType* type,
                                     const std::optional<std::string>& identity,
                                     const std::optional<std::string>& name) const;

private:
    std::vector<Found> search(const EntityType* type, FindBy by, std::string_view value) const;

    const Catalogue& catalogue_;
    std::vector<Entry> entries_;
};

}  // namespace weft::mgmt
