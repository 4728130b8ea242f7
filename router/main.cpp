#include "common/daemon/main.hpp"

#include "common/config/file_reader.hpp"
#include "common/daemon/renewal.hpp"
#include "common/io/process.hpp"
#include "router/config/load.hpp"
#include "router/config/log_modules.hpp"
#include "router/mgmt/management.hpp"
#include "router/node/product.hpp"
#include "router/node/router.hpp"

#include <memory>
#include <optional>
#include <utility>

namespace weft {
namespace {

/// A router and what shows it.
class RouterDaemon final : public daemon::Daemon {
public:
    RouterDaemon(router_config::RouterConfig config, io::Loop& loop)
        : router_{std::move(config), loop},
          management_{router_},
          renewal_{
              loop,
              {router_.ssl_profiles(), router_.listeners(), router_.connectors(), router_.gate()}} {
    }

    Result<void> start() override { return router_.start(); }
    void stop(std::function<void()> stopped) override { router_.stop(std::move(stopped)); }
    void reload() override { renewal_.renew(); }
    std::string title() const override { return "router " + router_.config().id; }

private:
    node::Router router_;
    router_mgmt::Management management_;
    daemon::Renewal renewal_;
};

std::optional<daemon::Loaded> load(const config::CommandLine& command, config::Faults& faults) {
    const router_config::Host host{io::host_name(), io::processors()};
    auto config = router_config::load_router_config(command.config, command.settings, host,
                                                    config::read_file, faults);
    if (!config) {
        return std::nullopt;
    }
    // It may have ten thousand entries: the router gets them, and nobody else keeps them.
    const auto shared = std::make_shared<router_config::RouterConfig>(*std::move(config));
    return daemon::Loaded{
        .log = shared->log, .audit = shared->audit, .make = [shared](io::Loop& loop) {
            return std::make_unique<RouterDaemon>(std::move(*shared), loop);
        }};
}

}  // namespace
}  // namespace weft

int main(int argc, char** argv) {
    const weft::daemon::Program program{.about = {.name = "weft-router",
                                                  .version = weft::node::kVersion,
                                                  .summary = "an AMQP 1.0 router",
                                                  .takes_qdrouterd_options = true},
                                        .log_modules = weft::router_config::kLogModules,
                                        .load = weft::load};
    return weft::daemon::run(program, argc, argv);
}
