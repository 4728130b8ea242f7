#include "mqtt-gateway/codec/fault.hpp"

namespace weft::mqtt {

std::string to_string(const Fault& fault) {
    std::string text{name_of(fault.packet)};
    text += ", byte ";
    text += std::to_string(fault.at);
    text += ": ";
    text += fault.field;
    text += ' ';
    text += fault.what;
    text += " (";
    text += name_of(fault.reason);
    text += ')';
    return text;
}

}  // namespace weft::mqtt
