#include "common/config/entity.hpp"

#include "common/base/assert.hpp"
#include "common/config/convert.hpp"
#include "common/json/tree.hpp"

#include <chrono>

namespace weft::config {

Node default_of(const Key& key, Dialect dialect) {
    return default_node(key, dialect == Dialect::qdrouterd
                                 ? key.conf_default.value_or(key.default_value)
                                 : key.default_value);
}

const Node* Entity::given(std::string_view key) const {
    const auto found = given_.find(key);
    return found == given_.end() ? nullptr : &found->second;
}

void Entity::give(std::string_view key, Node node) {
    given_.insert_or_assign(std::string{key}, std::move(node));
}

Node Entity::value(std::string_view key) const {
    if (const Node* const node = given(key)) {
        return *node;
    }
    const Key* const found = section_->find(key);
    WEFT_CHECK(found != nullptr);  // C2
    return default_of(*found, dialect_);
}

std::string Entity::text(std::string_view key) const {
    const Node node = value(key);
    const std::string* const text = node.text();
    return text == nullptr ? std::string{} : *text;
}

bool Entity::boolean(std::string_view key) const {
    const Node node = value(key);
    const bool* const boolean = std::get_if<bool>(&node.value);
    return boolean != nullptr && *boolean;
}

std::int64_t Entity::integer(std::string_view key) const {
    const Node node = value(key);
    const std::int64_t* const integer = std::get_if<std::int64_t>(&node.value);
    return integer == nullptr ? 0 : *integer;
}

Duration Entity::duration(std::string_view key) const {
    const Node node = value(key);
    const double* const seconds = std::get_if<double>(&node.value);
    return std::chrono::duration_cast<Duration>(
        std::chrono::duration<double>{seconds == nullptr ? 0.0 : *seconds});
}

Object Entity::map(std::string_view key) const {
    const Node node = value(key);
    const Object* const object = node.object();
    return object == nullptr ? Object{} : *object;
}

void key_error(const Entity& entity, std::string_view key, std::string text, Faults& faults) {
    const Node* const node = entity.given(key);
    faults.error(node == nullptr ? entity.place() : node->place,
                 json::join_pointer(entity.pointer(), key), std::move(text));
}

void key_warning(const Entity& entity, std::string_view key, std::string text, Faults& faults) {
    const Node* const node = entity.given(key);
    faults.warn(node == nullptr ? entity.place() : node->place,
                json::join_pointer(entity.pointer(), key), std::move(text));
}

}  // namespace weft::config
