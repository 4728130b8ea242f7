#include "common/config/keys.hpp"

#include <algorithm>

namespace weft::config {

const Key* Section::find(std::string_view key) const {
    const auto found = std::ranges::find(keys, key, &Key::name);
    return found == keys.end() ? nullptr : &*found;
}

const Section* KeyTable::find(std::string_view section) const {
    const auto found = std::ranges::find(sections, section, &Section::name);
    return found == sections.end() ? nullptr : &*found;
}

const Section* KeyTable::find_entity(std::string_view entity) const {
    const auto found = std::ranges::find(sections, entity, &Section::entity);
    return found == sections.end() ? nullptr : &*found;
}

std::string_view unit_of(const Key& key) {
    if (key.type == Type::size) {
        return "bytes";
    }
    return key.type == Type::seconds ? "s" : key.unit;
}

}  // namespace weft::config
