#include "router/uplink/phase_capability.hpp"

namespace weft::uplink {

/// A waypoint of number N takes what is in the phase before, and brings what is in phase N.
std::string phase_capability(const router::AddressKey& key,
                             const router::Treatment& treatment,
                             router::Direction direction) {
    if (key.phase() == 'F') {
        return "qd.fallback";
    }
    const int phase = key.phase() - '0';
    const bool takes = direction == router::Direction::in;
    const int number = takes ? phase + 1 : phase;
    const bool is_usual = phase == 0 && (!takes || treatment.egress_phase == 0);
    return is_usual || number > router::kPhaseMax ? std::string{}
                                                  : "qd.waypoint." + std::to_string(number);
}

}  // namespace weft::uplink
