#include "common/config/document.hpp"

#include "common/base/assert.hpp"
#include "common/base/text.hpp"
#include "common/config/convert.hpp"
#include "common/config/secret.hpp"
#include "common/json/tree.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace weft::config {

namespace {

const Key* find_by_old_name(const Section& section, std::string_view name) {
    const auto found = std::ranges::find(section.keys, name, &Key::old_name);
    return name.empty() || found == section.keys.end() ? nullptr : &*found;
}

template <class Named>
std::string unknown(std::string_view what, std::span<const Named> known, std::string_view name) {
    std::vector<std::string_view> names(known.size());
    std::ranges::transform(known, names.begin(), &Named::name);
    std::string text = "unknown " + std::string{what};
    if (const std::string_view near = nearest(name, names); !near.empty()) {
        text += "; did you mean \"" + std::string{near} + "\"?";
    }
    return text;
}

class Reading {
public:
    Reading(const KeyTable& table, Dialect dialect, const FileReader& reader, Faults& faults)
        : table_{table}, dialect_{dialect}, reader_{reader}, faults_{faults} {}

    Document read(const Node& root) {
        for (const Member& member : *root.object()) {
            const Section* const section = table_.find(member.name);
            const std::string pointer = json::join_pointer("", member.name);
            if (section == nullptr) {
                faults_.error(member.node.place, pointer,
                              unknown("section", table_.sections, member.name));
            } else if (section->singleton) {
                read_entity(*section, member.node, pointer);
            } else {
                read_list(*section, member.node, pointer);
            }
        }
        for (const Section& section : table_.sections) {
            if (section.singleton && document_.all(section.name).empty()) {
                document_.entities.emplace_back(section, dialect_, root.place,
                                                json::join_pointer("", section.name));
            }
        }
        return std::move(document_);
    }

    Entity read(const Section& section, const Node& node, const std::string& pointer) {
        read_entity(section, node, pointer);
        return document_.entities.empty() ? Entity{section, dialect_, node.place, pointer}
                                          : std::move(document_.entities.front());
    }

private:
    void read_list(const Section& section, const Node& node, const std::string& pointer) {
        const List* const list = node.list();
        if (list == nullptr) {
            faults_.error(node.place, pointer, "must be a list of objects, not " + describe(node));
            return;
        }
        for (const Node& element : *list) {
            read_entity(section, element, pointer + "/" + std::to_string(element.index));
        }
    }

    void read_entity(const Section& section, const Node& node, const std::string& pointer) {
        const Object* const object = node.object();
        if (object == nullptr) {
            faults_.error(node.place, pointer, "must be an object, not " + describe(node));
            return;
        }
        if (section.support != Support::honoured) {
            report(section.support, node.place, pointer, section.reason);
            return;
        }
        Entity entity{section, dialect_, node.place, pointer};
        for (const Member& member : *object) {
            read_key(entity, member);
        }
        for (const Key& key : section.keys) {
            const bool stands = find_member(*object, key.name) != nullptr ||
                                (!key.old_name.empty() && find_member(*object, key.old_name));
            if (key.required && !stands) {
                faults_.error(node.place, pointer,
                              "needs " + quote(key.name) + ": " + expected_value(key));
            }
        }
        document_.entities.push_back(std::move(entity));
    }

    void read_key(Entity& entity, const Member& member) {
        const Section& section = entity.section();
        const Key* key = section.find(member.name);
        if (key == nullptr) {
            key = old_key(entity, member);
        }
        if (key == nullptr) {
            return;
        }
        if (entity.given(key->name) != nullptr) {
            fault(entity, member, "is given twice, once by its old name; keep one of them");
            return;
        }
        auto converted = convert(*key, member.node);
        if (!converted && !clamp(entity, *key, member, converted)) {
            fault(entity, member, std::move(converted.error().text));
            return;
        }
        accept(entity, *key, member, *std::move(converted));
    }

    /// The key that had `member`'s name in older versions of the original.
    const Key* old_key(const Entity& entity, const Member& member) {
        const Section& section = entity.section();
        const Key* const key = find_by_old_name(section, member.name);
        if (key == nullptr) {
            fault(entity, member, unknown("key", section.keys, member.name));
            return nullptr;
        }
        std::string text = "is the old name of \"" + std::string{key->name} + "\"";
        if (dialect_ == Dialect::json) {
            fault(entity, member, text + "; use that");
            return nullptr;
        }
        faults_.warn(member.node.place, json::join_pointer(entity.pointer(), member.name),
                     std::move(text));
        return key;
    }

    bool clamp(const Entity& entity,
               const Key& key,
               const Member& member,
               tl::expected<Node, Unfit>& converted) {
        std::optional<Node>& bound = converted.error().clamped;
        const bool takes =
            key.out_of_bounds == OutOfBounds::means_max ||
            (key.out_of_bounds == OutOfBounds::clamped_in_conf && dialect_ != Dialect::json);
        if (!takes || !bound) {
            return false;
        }
        Node clamped = *std::move(bound);
        faults_.warn(member.node.place, json::join_pointer(entity.pointer(), member.name),
                     converted.error().text + "; " + describe(clamped) + " is used");
        converted = std::move(clamped);
        return true;
    }

    void accept(Entity& entity, const Key& key, const Member& member, Node node) {
        if (key.support != Support::honoured) {
            if (node != default_of(key, dialect_)) {
                report(key.support, member.node.place,
                       json::join_pointer(entity.pointer(), member.name), key.reason);
            }
            return;
        }
        const std::string& file = faults_.file_name(node.place.file);
        if (key.type == Type::path && dialect_ == Dialect::json) {
            node.value = resolve_path(file, *node.text());
        } else if (key.type == Type::pem) {
            node.value = pem_source(*node.text(), dialect_ == Dialect::json ? file : std::string{});
        } else if (key.type == Type::secret) {
            auto secret = resolve_secret(*node.text(), file, reader_);
            if (!secret) {
                fault(entity, member, std::move(secret.error()));
                return;
            }
            node.value = *std::move(secret);
        }
        entity.give(key.name, std::move(node));
    }

    void report(Support support, Place place, const std::string& pointer, std::string_view reason) {
        const bool refused = support == Support::refused ||
                             (support == Support::conf_only && dialect_ == Dialect::json);
        std::string text = refused ? "is not available: " : "has no effect: ";
        text += reason;
        if (refused) {
            faults_.error(place, pointer, std::move(text));
        } else {
            faults_.warn(place, pointer, std::move(text));
        }
    }

    void fault(const Entity& entity, const Member& member, std::string text) {
        faults_.error(member.node.place, json::join_pointer(entity.pointer(), member.name),
                      std::move(text));
    }

    const KeyTable& table_;
    Dialect dialect_;
    const FileReader& reader_;
    Faults& faults_;
    Document document_;
};

}  // namespace

const Entity& Document::singleton(std::string_view section) const {
    const std::vector<const Entity*> found = all(section);
    WEFT_CHECK(!found.empty());
    return *found.front();
}

std::vector<const Entity*> Document::all(std::string_view section) const {
    std::vector<const Entity*> found;
    for (const Entity& entity : entities) {
        if (entity.section().name == section) {
            found.push_back(&entity);
        }
    }
    return found;
}

Document read_document(const KeyTable& table,
                       const Node& root,
                       Dialect dialect,
                       const FileReader& reader,
                       Faults& faults) {
    WEFT_CHECK(root.object() != nullptr);
    return Reading{table, dialect, reader, faults}.read(root);
}

Entity read_entity(const Section& section,
                   const Node& node,
                   const std::string& pointer,
                   Dialect dialect,
                   const FileReader& reader,
                   Faults& faults) {
    const KeyTable none{};
    return Reading{none, dialect, reader, faults}.read(section, node, pointer);
}

}  // namespace weft::config
