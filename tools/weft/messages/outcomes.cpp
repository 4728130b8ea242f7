#include "tools/weft/messages/outcomes.hpp"

namespace weft::tools {

std::string Outcomes::text() const {
    std::string line = "sent " + std::to_string(sent) + ", accepted " + std::to_string(accepted) +
                       ", rejected " + std::to_string(rejected) + ", released " +
                       std::to_string(released) + ", modified " + std::to_string(modified);
    if (unknown != 0) {
        line += ", without outcome " + std::to_string(unknown);
    }
    if (unsettled() != 0) {
        line += ", unsettled " + std::to_string(unsettled());
    }
    return line;
}

}  // namespace weft::tools
