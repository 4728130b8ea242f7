#include "tools/weft/management/entity_type.hpp"

namespace weft::tools {

std::string entity_type(std::string_view name) {
    if (name.starts_with(kEntityPrefix) || name.starts_with("org.amqp.")) {
        return std::string{name};
    }
    std::string full{kEntityPrefix};
    if (name == "link" || name == "node") {
        full += "router.";
    } else if (name == "address" || name == "linkRoute" || name == "autoLink") {
        full += "router.config.";
    }
    return full += name;
}

}  // namespace weft::tools
