#include "common/mgmt/catalogue.hpp"

#include "common/base/assert.hpp"
#include "common/base/text.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace weft::mgmt {
namespace {

constexpr std::string_view kStandardNode = "org.amqp.management";

std::string_view without_prefix(std::string_view name) {
    return name.starts_with(kTypePrefix) ? name.substr(kTypePrefix.size()) : name;
}

void check_names(const EntityType& type) {
    for (const Attribute& attribute : type.attributes) {
        WEFT_CHECK(type.find(attribute.name) == &attribute);
        WEFT_CHECK(attribute.alias.empty() || type.find(attribute.alias) == &attribute);
    }
}

std::string hint(std::string_view name, const std::vector<std::string_view>& known) {
    const std::string_view near = nearest(name, known);
    return near.empty() ? "" : "; did you mean '" + std::string{near} + "'?";
}

}  // namespace

Catalogue::Catalogue() {
    add({.short_name = "entity",
         .description = "Anything that can be managed.",
         .attributes =
             {setting("name", Kind::string,
                      "Name given by the operator; the identity if none was."),
              {.name = "identity",
               .type = Kind::string,
               .description = "Unique among entities of the type; assigned by the daemon."},
              required(setting("type", Kind::string, "Full name of the entity's type."))}},
        "");
    add({.short_name = "configurationEntity",
         .description = "Something that an operator sets up.",
         .operations = {"READ"}},
        "entity");
    add({.short_name = "operationalEntity",
         .description = "Something that comes and goes by itself and is only observed.",
         .operations = {"READ"}},
        "entity");
    add({.short_name = std::string{kStandardNode},
         .description = "The standard management node.",
         .operations = {"QUERY", "GET-TYPES", "GET-ANNOTATIONS", "GET-OPERATIONS", "GET-ATTRIBUTES",
                        "GET-MGMT-NODES"}},
        "operationalEntity");
    add({.short_name = "management",
         .description = "The management agent of this daemon; its identity is 'self'.",
         .operations = {"GET-SCHEMA", "GET-JSON-SCHEMA", "GET-LOG"},
         .singleton = true},
        kStandardNode);
}

const EntityType& Catalogue::add(EntityType type, std::string_view base) {
    WEFT_CHECK(find(type.short_name) == nullptr);
    type.name = type.short_name == kStandardNode ? type.short_name
                                                 : std::string{kTypePrefix} + type.short_name;
    if (!base.empty()) {
        type.base = find(base);
        WEFT_CHECK(type.base != nullptr);
        std::ranges::copy(type.base->operations, std::back_inserter(type.operations));
        type.attributes.insert(type.attributes.begin(), type.base->attributes.begin(),
                               type.base->attributes.end());
    }
    check_names(type);
    return types_.emplace_back(std::move(type));
}

const EntityType* Catalogue::find(std::string_view name) const {
    const std::string_view short_name = without_prefix(name);
    const auto found = std::ranges::find(types_, short_name, &EntityType::short_name);
    return found == types_.end() ? nullptr : &*found;
}

std::string Catalogue::unknown_type(std::string_view name) const {
    const std::string_view asked = without_prefix(name);
    std::vector<std::string_view> known;
    known.reserve(types_.size());
    for (const EntityType& type : types_) {
        known.emplace_back(type.short_name);
    }
    // "address" is far from "router.address" in letters, but is what was meant.
    const auto last_word = std::ranges::find_if(known, [&](std::string_view each) {
        return each.ends_with(asked) && each.size() > asked.size() &&
               each[each.size() - asked.size() - 1] == '.';
    });
    const std::string text = "No such entity type '" + std::string{name} + "'";
    return last_word == known.end() || asked.empty()
               ? text + hint(asked, known)
               : text + "; did you mean '" + std::string{*last_word} + "'?";
}

std::string Catalogue::unknown_attribute(const EntityType& type, std::string_view attribute) {
    return "Unknown attribute '" + std::string{attribute} + "' for '" + type.name + "'" +
           hint(attribute, type.columns());
}

std::string Catalogue::unsupported(const EntityType& type, std::string_view operation) {
    std::string text = "Operation '" + std::string{operation} + "' not implemented for '" +
                       type.name + "'; it has";
    const char* separator = " ";
    for (const std::string_view each : type.operations) {
        text.append(std::exchange(separator, ", ")).append(each);
    }
    return text;
}

}  // namespace weft::mgmt
