#pragma once

#include "common/config/keys.hpp"
#include "common/mgmt/entity_type.hpp"

#include <string_view>
#include <vector>

/// A configuration's keys as management shows them: a setting stands once, in the key table.
namespace weft::daemon {

/// The attribute that management shows, takes and changes as `key`: with its type, default, unit,
/// choices, old name and meaning. What is not available says so in its description.
mgmt::Attribute setting_attribute(const config::Key& key);

/// The entity type of a section: its keys, but for `name` and `type`, which every entity has in
/// management, then `readings`. It has `operations`, and UPDATE if a key may change at run time.
/// The section's keys must live as long as the type.
mgmt::EntityType entity_type(const config::Section& section,
                             std::vector<mgmt::Attribute> readings = {},
                             std::vector<std::string_view> operations = {});

}  // namespace weft::daemon
