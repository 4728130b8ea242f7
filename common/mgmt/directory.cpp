#include "common/mgmt/directory.hpp"

#include "common/base/assert.hpp"
#include "common/base/conditions.hpp"
#include "common/mgmt/status.hpp"

#include <algorithm>

namespace weft::mgmt {

void Directory::serve(std::string_view type, Source& source) {
    const EntityType* known = catalogue_.find(type);
    WEFT_CHECK(known != nullptr);
    WEFT_CHECK(source_of(*known) == nullptr);
    entries_.push_back({known, &source});
}

Source* Directory::source_of(const EntityType& type) const {
    const auto found = std::ranges::find(entries_, &type, &Entry::type);
    return found == entries_.end() ? nullptr : found->source;
}

std::vector<Directory::Entry> Directory::select(const EntityType* type) const {
    std::vector<Entry> chosen;
    for (const EntityType& each : catalogue_.types()) {
        if (type != nullptr && !each.is_a(*type)) {
            continue;
        }
        if (Source* source = source_of(each)) {
            chosen.push_back({&each, source});
        }
    }
    return chosen;
}

std::vector<Directory::Found> Directory::search(const EntityType* type,
                                                FindBy by,
                                                std::string_view value) const {
    std::vector<Found> found;
    for (const Entry& entry : select(type)) {
        if (auto row = entry.source->find(by, value)) {
            found.push_back({entry.type, entry.source, std::move(*row)});
        }
    }
    return found;
}

Result<Directory::Found> Directory::find(const EntityType* type,
                                         const std::optional<std::string>& identity,
                                         const std::optional<std::string>& name) const {
    if (!identity && !name) {
        return fail(kInvalidField,
                    "No name or identity provided" +
                        (type == nullptr ? std::string{} : " for '" + type->name + "'"));
    }
    const FindBy by = identity ? FindBy::identity : FindBy::name;
    const std::string& value = identity ? *identity : *name;
    const std::string asked = std::string{identity ? "identity=" : "name="} + value;
    std::vector<Found> found = search(type, by, value);
    if (found.empty()) {
        // Identities of observed entities are bare numbers: another type's 7 says nothing here.
        const bool numbered = type == nullptr || type->null_for_unknown;
        const std::vector<Found> elsewhere =
            numbered ? std::vector<Found>{} : search(nullptr, by, value);
        if (!elsewhere.empty()) {
            return fail(kInvalidField, "Entity type '" + elsewhere.front().type->name +
                                           "' does not extend requested type '" + type->name + "'");
        }
        return fail(kNotFound, (type != nullptr && numbered ? "Not Found: no entity with "
                                                            : "No entity with ") +
                                   asked);
    }
    if (found.size() > 1) {
        return fail(kInvalidField, "Several entities have " + asked + ", the first two a '" +
                                       found[0].type->name + "' and a '" + found[1].type->name +
                                       "'; say which type is meant");
    }
    if (identity && name && found.front().row.shown_name() != *name) {
        return fail(kInvalidField, "Conflicting identity and name: the entity with " + asked +
                                       " is called '" + found.front().row.shown_name() + "'");
    }
    return std::move(found.front());
}

}  // namespace weft::mgmt
