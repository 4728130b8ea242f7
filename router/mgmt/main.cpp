#include "common/config/cli.hpp"
#include "common/config/fault.hpp"
#include "common/config/file_reader.hpp"
#include "common/io/log.hpp"
#include "common/io/loop.hpp"
#include "common/io/process.hpp"
#include "router/config/load.hpp"
#include "router/mgmt/management.hpp"
#include "router/node/listener_options.hpp"
#include "router/node/logging.hpp"
#include "router/node/router.hpp"

#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace weft;

constexpr config::Program kProgram{.name = "weft-router",
                                   .version = router::kVersion,
                                   .summary = "an AMQP 1.0 router",
                                   .takes_qdrouterd_options = true};

std::string host_name() {
    char name[256] = {};
    return gethostname(name, sizeof name - 1) == 0 ? name : "localhost";
}

void print(const config::Faults& faults) {
    for (const std::string& line : faults.lines()) {
        std::fprintf(stderr, "%s\n", line.c_str());
    }
}

int run(router::RouterConfig config) {
    io::raise_open_files();
    io::Loop loop;
    router::Router router(std::move(config), loop);
    const router::Management management(router);
    if (const auto started = router.start(); !started) {
        std::fprintf(stderr, "weft-router: %s\n", started.error().text.c_str());
        return 1;
    }
    const io::Signals signals(loop, [&](int signal) {
        if (signal == SIGTERM || signal == SIGINT) {
            io::notify_service_manager("STOPPING=1");
            router.stop([&] { loop.stop(); });
        }
    });
    WEFT_LOG(io::Module::router, io::Level::notice, "ready: router " + router.config().id);
    io::notify_service_manager("READY=1");
    loop.run();
    return 0;
}

int start(const std::vector<std::string>& arguments) {
    config::Faults faults;
    const auto command = config::parse_command_line(kProgram, arguments, faults);
    if (!command) {
        print(faults);
        return 1;
    }
    if (command->action == config::Action::print) {
        std::fputs(command->output.c_str(), stdout);
        return 0;
    }
    const router::Host host{host_name(), std::thread::hardware_concurrency()};
    auto config = router::load_router_config(command->config, command->settings, host,
                                             config::read_file, faults);
    print(faults);
    if (!config) {
        return 1;
    }
    if (command->action == config::Action::check) {
        return 0;
    }
    if (const auto set = router::set_up_log(config->log, *command); !set) {
        std::fprintf(stderr, "weft-router: %s\n", set.error().text.c_str());
        return 1;
    }
    return run(std::move(*config));
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return start({argv + 1, argv + argc});
    } catch (const std::exception& error) {
        std::fprintf(stderr, "weft-router: %s\n", error.what());
        return 1;
    }
}
