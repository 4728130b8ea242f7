// Any bytes are a router's configuration in some form, or at least one error: nothing throws.
#include "common/base/assert.hpp"
#include "router/config/load.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

using namespace weft;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text{reinterpret_cast<const char*>(data), size};
    const config::FileReader reader =
        [&text](const std::string& path) -> tl::expected<std::string, std::string> {
        if (path != "fuzz") {
            return tl::unexpected<std::string>("does not exist");
        }
        return text;
    };
    config::Faults faults;
    const auto config = router_config::load_router_config("fuzz", {}, {"h", 2}, reader, faults);
    WEFT_CHECK(config.has_value() != faults.failed());
    if (config) {
        const auto& listeners = config->listeners;
        WEFT_CHECK(
            std::ranges::none_of(listeners, [](const router_config::ListenerConfig& listener) {
                return listener.listener.connection.name.empty() ||
                       listener.listener.connection.max_frame_size < 512;
            }));
    }
    return 0;
}
