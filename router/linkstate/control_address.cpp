#include "router/linkstate/control_address.hpp"

namespace weft::linkstate {
namespace {

bool drop_prefix(std::string_view& text, std::string_view prefix) {
    if (!text.starts_with(prefix)) {
        return false;
    }
    text.remove_prefix(prefix.size());
    return true;
}

std::string_view name_of(ControlAddress::Part part) {
    switch (part) {
        case ControlAddress::Part::addresses:
            return "/qdrouter.ma";
        case ControlAddress::Part::extension:
            return "/weft";
        case ControlAddress::Part::hello:
        case ControlAddress::Part::links:
            break;
    }
    return "/qdrouter";
}

}  // namespace

std::string unicast_address(std::string_view router, ControlAddress::Part part) {
    return std::string("amqp:/_topo/0/").append(router).append(name_of(part));
}

ControlAddress::Part part_of(const Message& message) {
    if (std::holds_alternative<Hello>(message)) {
        return ControlAddress::Part::hello;
    }
    return std::holds_alternative<MobileRequest>(message) ||
                   std::holds_alternative<MobileUpdate>(message)
               ? ControlAddress::Part::addresses
               : ControlAddress::Part::links;
}

ControlAddress read_control_address(std::string_view to) {
    ControlAddress address;
    static_cast<void>(drop_prefix(to, "amqp:/"));
    if (to == "_local/qdhello") {
        address.whom = ControlAddress::Whom::neighbour;
        return address;
    }
    const std::size_t slash = drop_prefix(to, "_topo/0/") ? to.find('/') : 0;
    if (slash == 0 || slash == std::string_view::npos) {
        return address;
    }
    const std::string_view part = to.substr(slash + 1);
    if (part == "qdrouter") {
        address.part = ControlAddress::Part::links;
    } else if (part == "qdrouter.ma") {
        address.part = ControlAddress::Part::addresses;
    } else if (part == "weft") {
        address.part = ControlAddress::Part::extension;
    } else {
        return address;
    }
    address.router = to.substr(0, slash);
    address.whom =
        address.router == "all" ? ControlAddress::Whom::all : ControlAddress::Whom::router;
    return address;
}

}  // namespace weft::linkstate
