#pragma once

#include "common/base/conditions.hpp"
#include "common/base/result.hpp"
#include "common/daemon/connection_config.hpp"

#include <string>
#include <string_view>

namespace weft::daemon {

/// "listener/127.0.0.1:5672:clients": kind and place, and the name if it was given one.
inline std::string identity_of(std::string_view kind, const ConnectionConfig& config) {
    const std::string place =
        std::string{kind} + "/" + config.host + ":" + std::to_string(config.port);
    const bool named_by_place = config.name.starts_with(place);  // it was given no name
    return named_by_place ? config.name : place + ":" + config.name;
}

inline auto name_in_use(std::string_view kind, const std::string& name) {
    return fail(kInvalidField,
                "Name conflicts with an existing entity: " + std::string{kind} + " " + name);
}

}  // namespace weft::daemon
