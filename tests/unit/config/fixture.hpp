#pragma once

#include "common/config/document.hpp"
#include "common/config/json_document.hpp"
#include "common/config/overrides.hpp"
#include "tests/unit/config/lines.hpp"

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <vector>

/// A small daemon's key table, and files that are not on disk.
namespace weft::config::test {

inline constexpr std::array kColours{Choice{"red"}, Choice{"blue"},
                                     Choice{"gold", "there is none left"}};

inline constexpr std::array kBoxKeys{
    Key{.name = "name", .required = true},
    Key{.name = "open", .type = Type::boolean, .default_value = "true"},
    Key{.name = "count", .type = Type::integer, .default_value = "3", .min = 1, .max = 9},
    Key{.name = "port", .type = Type::port, .default_value = "amqp", .conf_default = "7"},
    Key{.name = "room", .type = Type::size, .default_value = "4KiB", .min = 16},
    Key{.name = "waitSeconds", .type = Type::seconds, .default_value = "1.5", .max = 60},
    Key{.name = "colour", .type = Type::choice, .default_value = "red", .choices = kColours},
    Key{.name = "labels", .type = Type::map},
    Key{.name = "tags", .type = Type::texts},
    Key{.name = "password", .type = Type::secret},
    Key{.name = "folder", .type = Type::path, .old_name = "dir"},
    Key{.name = "limit",
        .type = Type::integer,
        .default_value = "5",
        .min = 4,
        .max = 6,
        .out_of_bounds = OutOfBounds::clamped_in_conf},
    Key{.name = "lid",
        .type = Type::boolean,
        .default_value = "false",
        .support = Support::refused,
        .reason = "boxes have no lids"},
    Key{.name = "dump", .support = Support::conf_only, .reason = "nothing is dumped"},
    Key{.name = "stale", .support = Support::no_effect, .reason = "it is always so"},
};

inline constexpr std::array kShopKeys{Key{.name = "id"}};

inline constexpr std::array kSections{
    Section{.name = "shop", .entity = "shop", .singleton = true, .keys = kShopKeys},
    Section{.name = "boxes", .entity = "box", .keys = kBoxKeys},
    Section{.name = "crates",
            .entity = "crate",
            .support = Support::refused,
            .reason = "there are no crates"},
    Section{.name = "bags",
            .entity = "bag",
            .support = Support::conf_only,
            .reason = "there are no bags"},
};

inline constexpr KeyTable kTable{"shop", kSections};

/// Reads from a map of texts instead of the disk.
inline FileReader reader_of(std::map<std::string, std::string> files) {
    return [files = std::move(files)](
               const std::string& path) -> tl::expected<std::string, std::string> {
        const auto found = files.find(path);
        if (found == files.end()) {
            return tl::unexpected<std::string>("does not exist");
        }
        return found->second;
    };
}

struct Loaded {
    Document document;
    std::vector<std::string> lines;  // of the faults
};

/// Loads "a.json", which is one of `files`.
inline Loaded load(const std::map<std::string, std::string>& files,
                   const std::vector<std::string>& settings = {},
                   Dialect dialect = Dialect::json) {
    Faults faults;
    const FileReader reader = reader_of(files);
    Node root = load_json("a.json", files.at("a.json"), reader, faults);
    apply_overrides(settings, root, faults);
    Document document = read_document(kTable, root, dialect, reader, faults);
    return {std::move(document), faults.lines()};
}

/// Loads one box of those attributes.
inline Loaded load_box(const std::string& attributes, Dialect dialect = Dialect::json) {
    return load({{"a.json", R"({"boxes": [{"name": "b")" + attributes + "}]}"}}, {}, dialect);
}

}  // namespace weft::config::test
