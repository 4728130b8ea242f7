#include "common/daemon/main.hpp"

#include "broker/broker.hpp"
#include "broker/config/broker_config.hpp"
#include "broker/config/log_modules.hpp"

#include <memory>
#include <optional>

namespace weft {
namespace {

std::optional<daemon::Loaded> load_broker(const config::CommandLine& command,
                                          config::Faults& faults) {
    const auto config = broker_config::load_broker_config(command, faults);
    if (!config) {
        return std::nullopt;
    }
    return daemon::Loaded{.log = config->common.log,
                          .audit = config->common.audit,
                          .make = [config = *config](io::Loop& loop) {
                              return std::make_unique<Broker>(config, loop);
                          }};
}

}  // namespace
}  // namespace weft

int main(int argc, char** argv) {
    return weft::daemon::run({.about = {.name = weft::kBrokerName,
                                        .version = weft::kBrokerVersion,
                                        .summary = "a broker whose queues lose nothing"},
                              .log_modules = weft::broker_config::kLogModules,
                              .load = weft::load_broker},
                             argc, argv);
}
