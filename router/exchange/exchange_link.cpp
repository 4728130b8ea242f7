#include "router/exchange/exchange_link.hpp"

#include "router/exchange/passage.hpp"

#include <string>

namespace weft::exchange {

Result<router::Link*> attach_link(router::Core& core,
                                  router::Connection& connection,
                                  router::Direction direction,
                                  std::string_view address,
                                  std::uint8_t phase) {
    auto attached = core.attach(
        connection,
        {.direction = direction, .address = address, .phase = phase, .capacity = Way::kCopiesMax});
    if (!attached) {
        return fail(attached.error().condition,
                    "has the address \"" + std::string(address) +
                        "\", which can't be used: " + attached.error().text);
    }
    return attached->link;
}

}  // namespace weft::exchange
