#include "broker/forwarding/emptying.hpp"

namespace weft::forwarding {

std::string why_it_stays(const Keepers& keepers) {
    if (keepers.has_rule) {
        return "";
    }
    if (keepers.of_subscription) {
        return "it is a subscription's, and a topic has one broker";
    }
    if (!keepers.of_routers) {
        return "no router's address list has it, so no other broker keeps it";
    }
    if (keepers.is_pattern) {
        return "its entry means more than one address, and such an entry has one broker";
    }
    return keepers.brokers > 1 ? "" : "its entry names no other broker";
}

bool Emptying::note(std::uint64_t messages, bool more_may_come) {
    if (messages > 0) {
        stage_ = Stage::emptying;
        return false;
    }
    if (stage_ != Stage::emptying || more_may_come) {
        return false;
    }
    stage_ = Stage::checking;
    return true;
}

void Emptying::on_checked(bool none) {
    if (stage_ == Stage::checking) {
        stage_ = none ? Stage::empty : Stage::emptying;
    }
}

}  // namespace weft::forwarding
