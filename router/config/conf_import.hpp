#pragma once

#include "common/config/file_reader.hpp"
#include "router/config/load.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace weft::router_config {

/// What a qdrouterd.conf is in our JSON.
struct ConfImport {
    /// The whole file: each section and attribute as it takes effect, defaults of the original that
    /// are not ours, the comments, and where something is left out a comment that says why.
    std::string json{};
    /// What is left out though it means something there, a line each; and what else is worth
    /// saying: what has no effect, old names, values that are out of bounds.
    std::vector<std::string> lost{};
    std::vector<std::string> notes{};
    /// What is wrong with `json`, as --check says it; warnings included.
    std::vector<std::string> faults{};
    bool is_good = false;  // --check finds no error
};

/// Reads `text`, of the file `path`, in either form. Files that it names are read by `reader`, for
/// the check alone: the JSON names them as they were named. Threading: not shared.
[[nodiscard]] ConfImport import_conf(const std::string& path,
                                     const std::string& text,
                                     const Host& host,
                                     const config::FileReader& reader);

}  // namespace weft::router_config
