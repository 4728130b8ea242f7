#pragma once

#include "common/config/file_reader.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace weft::tools {

/// What a mosquitto.conf is as the configuration of a weft-mqtt-gateway.
struct MosquittoImport {
    /// The whole file: what mosquitto did as the gateway does it, in front of it a comment for each
    /// line that is not carried over.
    std::string json{};
    std::vector<std::string> lost{};   // "FILE:LINE: SETTING: why", of what meant something there
    std::vector<std::string> notes{};  // what has no effect here, and what to do besides
};

/// Reads `text`, of the file `path`; the files that it names (acl_file, password_file) by `reader`.
/// All topics are subjects of one multicast address pattern, `#`, since mosquitto's have no meaning
/// of their own. Limits: an acl_file and a password_file of the reader's size. Threading: not
/// shared.
[[nodiscard]] MosquittoImport import_mosquitto(const std::string& path,
                                               std::string_view text,
                                               const config::FileReader& reader);

}  // namespace weft::tools
