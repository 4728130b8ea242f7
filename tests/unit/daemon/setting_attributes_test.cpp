#include "common/daemon/setting_attributes.hpp"

#include <doctest/doctest.h>

#include <array>

namespace weft::daemon {
namespace {

using config::Choice;
using config::Key;
using config::Support;
using config::Type;
using mgmt::Kind;

constexpr std::array kColours{Choice{"red"}, Choice{"blue", "it is sold out"}};

constexpr std::array kKeys{
    Key{.name = "name", .meaning = "What it is called."},
    Key{.name = "colour",
        .type = Type::choice,
        .default_value = "red",
        .meaning = "How it looks.",
        .old_name = "color",
        .old_name_shown = true,
        .choices = kColours,
        .changeable = true},
    Key{.name = "size",
        .type = Type::size,
        .default_value = "64KiB",
        .meaning = "How much fits in.",
        .required = true},
    Key{.name = "lid",
        .type = Type::boolean,
        .default_value = "false",
        .meaning = "Whether it closes.",
        .support = Support::refused,
        .reason = "there are no lids"},
};

config::Section box_section(std::span<const Key> keys) {
    return {.name = "boxes", .entity = "box", .meaning = "Boxes.", .keys = keys};
}

mgmt::Attribute of(Type type, std::string_view default_value) {
    return setting_attribute({.name = "x", .type = type, .default_value = default_value});
}

}  // namespace

TEST_SUITE("setting attributes") {
    TEST_CASE("a key is an attribute with its type, default, unit, names and meaning") {
        const mgmt::Attribute colour = setting_attribute(kKeys[1]);
        CHECK(colour.name == "colour");
        CHECK(colour.type.kind == Kind::choice);
        CHECK(colour.type.choices == std::vector<std::string_view>{"red", "blue"});
        CHECK(colour.default_value == wire::Value{"red"});
        CHECK(colour.description == "How it looks.");
        CHECK(colour.alias == "color");
        CHECK(colour.alias_shown);
        CHECK(colour.create);
        CHECK(colour.update);
        CHECK_FALSE(colour.required);
        const mgmt::Attribute size = setting_attribute(kKeys[2]);
        CHECK(size.required);
        CHECK_FALSE(size.update);
        CHECK(size.unit == "bytes");
        CHECK(size.default_value == wire::Value{std::int64_t{65536}});
    }

    TEST_CASE("what is not available says why") {
        CHECK(setting_attribute(kKeys[3]).description ==
              "Whether it closes. Not available: there are no lids.");
    }

    TEST_CASE("each type has its kind, and its default is a value of it") {
        CHECK(of(Type::text, "").default_value.is_null());
        CHECK(of(Type::port, "amqp").type.kind == Kind::string);
        CHECK(of(Type::port, "amqp").default_value == wire::Value{"amqp"});
        CHECK(of(Type::seconds, "16").type.kind == Kind::number);
        CHECK(of(Type::seconds, "16").default_value == wire::Value{std::int64_t{16}});
        CHECK(of(Type::seconds, "0.2").default_value == wire::Value{0.2});
        CHECK(of(Type::boolean, "true").default_value == wire::Value{true});
        CHECK(of(Type::map, "").type.kind == Kind::map);
        CHECK(of(Type::properties, "").type.kind == Kind::properties);
        CHECK(of(Type::texts, "").type.kind == Kind::list);
        CHECK(of(Type::path, "").type.kind == Kind::path);
        CHECK(of(Type::secret, "").secret);
        CHECK_FALSE(of(Type::text, "").secret);
    }

    TEST_CASE(
        "a section is a type: its keys but the name, then readings; UPDATE if any may change") {
        const mgmt::EntityType type = entity_type(
            box_section(kKeys), {mgmt::reading("weight", Kind::integer, "Grams.")}, {"CREATE"});
        CHECK(type.short_name == "box");
        CHECK(type.description == "Boxes.");
        CHECK(type.columns() ==
              std::vector<std::string_view>{"colour", "color", "size", "lid", "weight"});
        CHECK(type.operations == std::vector<std::string_view>{"CREATE", "UPDATE"});
        const std::span<const Key> fixed = std::span{kKeys}.subspan(2);
        CHECK(entity_type(box_section(fixed)).operations.empty());
    }

    TEST_CASE("a section that is not available says why") {
        config::Section section = box_section(kKeys);
        section.support = Support::refused;
        section.reason = "this version has no boxes";
        CHECK(entity_type(section).description ==
              "Boxes. Not available: this version has no boxes.");
    }
}

}  // namespace weft::daemon
