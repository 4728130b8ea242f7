#include "common/daemon/main.hpp"

#include "mqtt-gateway/config/gateway_config.hpp"
#include "mqtt-gateway/config/log_modules.hpp"
#include "mqtt-gateway/gateway.hpp"

#include <memory>
#include <optional>

namespace weft {
namespace {

std::optional<daemon::Loaded> load_gateway(const config::CommandLine& command,
                                           config::Faults& faults) {
    const auto config = gateway_config::load_gateway_config(command, faults);
    if (!config) {
        return std::nullopt;
    }
    return daemon::Loaded{.log = config->common.log,
                          .audit = config->common.audit,
                          .make = [config = *config](io::Loop& loop) {
                              return std::make_unique<Gateway>(config, loop);
                          }};
}

}  // namespace
}  // namespace weft

int main(int argc, char** argv) {
    return weft::daemon::run({.about = {.name = weft::kGatewayName,
                                        .version = weft::kGatewayVersion,
                                        .summary = "MQTT devices in, AMQP out to a router"},
                              .log_modules = weft::gateway_config::kLogModules,
                              .load = weft::load_gateway},
                             argc, argv);
}
