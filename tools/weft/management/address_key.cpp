#include "tools/weft/management/address_key.hpp"

namespace weft::tools {
namespace {

std::string_view kind_of(char letter) {
    switch (letter) {
        case 'M':
            return "mobile";
        case 'L':
            return "local";
        case 'T':
            return "topo";
        case 'R':
            return "router";
        case 'A':
            return "area";
        case 'C':
        case 'E':
            return "link-in";
        case 'D':
        case 'F':
            return "link-out";
        case 'H':
            return "edge";
        default:
            return {};
    }
}

}  // namespace

AddressKey decode_address_key(std::string_view key) {
    if (key.empty()) {
        return {};
    }
    const std::string_view kind = kind_of(key.front());
    if (kind.empty()) {
        return AddressKey{std::string{key.substr(0, 1)}, std::string{key.substr(1)}, {}};
    }
    if (key.front() == 'M' && key.size() > 1) {
        return AddressKey{std::string{kind}, std::string{key.substr(2)},
                          std::string{key.substr(1, 1)}};
    }
    return AddressKey{std::string{kind}, std::string{key.substr(1)}, {}};
}

bool is_of_users(const AddressKey& key) {
    return key.kind == "mobile" && key.address != "$management" &&
           !key.address.starts_with("_$qd.") && !key.address.starts_with("_weft/");
}

}  // namespace weft::tools
