#pragma once

#include "common/config/fault.hpp"
#include "common/config/node.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// The two forms of a qdrouterd.conf, read without knowing what sections mean.
namespace weft::router_config {

/// One section as written: the name and attribute names in camelCase, scalars mostly untyped.
struct ConfSection {
    std::string name;
    config::Place place;
    config::Object attributes;
};

/// In the values of that attribute # is no comment: they end at the first blank.
bool takes_hash(std::string_view attribute);

/// Reads the form of lines:
///
///     listener {
///         port: amqp          # comments end lines, but not in pattern, bindingKey, hostname
///         openProperties: {
///             "region": "eu"
///         }
///     }
///
/// A value is the rest of its line, with the escapes of a JSON string. Of an attribute given twice
/// the last holds, with a warning, as in the original. Total: any text has a result.
[[nodiscard]] std::vector<ConfSection> parse_conf_lines(std::string_view text,
                                                        std::uint32_t file,
                                                        config::Faults& faults);

/// Reads the form of a JSON list, [["listener", {"port": "amqp"}], …], in which lines that start
/// with # are comments.
[[nodiscard]] std::vector<ConfSection> parse_conf_list(std::string_view text,
                                                       std::uint32_t file,
                                                       config::Faults& faults);

}  // namespace weft::router_config
