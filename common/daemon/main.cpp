#include "common/daemon/main.hpp"

#include "common/base/keyed_hash.hpp"
#include "common/io/process.hpp"

#include <array>
#include <bit>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <exception>

namespace weft::daemon {
namespace {

void print(const config::Faults& faults) {
    for (const std::string& line : faults.lines()) {
        io::print_error(line);
    }
}

int complain(const Program& program, const std::string& text) {
    (void)io::log().flush();  // before, in the order in which it happened
    io::print_error(std::string{program.about.name} + ": " + text);
    return 1;
}

int run_until_told(const Program& program, const Loaded& loaded) {
    io::raise_open_files();
    const auto key = std::bit_cast<std::array<std::uint64_t, 2>>(io::random_bytes());
    set_hash_key(key[0], key[1]);
    io::Loop loop;
    int status = 0;                                            // the daemon's, to its end
    const std::unique_ptr<Daemon> daemon = loaded.make(loop);  // D3
    daemon->on_end([&](int own) {
        status = own;
        loop.stop();
    });
    if (const auto started = daemon->start(); !started) {
        return complain(program, started.error().text);
    }
    io::return_free_memory();  // what reading the configuration took
    const io::Signals signals(loop, [&](int signal) {
        if (signal == SIGTERM || signal == SIGINT) {
            io::notify_service_manager("STOPPING=1");
            audit().add({.action = "stopped", .subject = daemon->title()});
            daemon->stop([&] { loop.stop(); });  // D4
        } else if (signal == SIGHUP) {
            daemon->reload();
        }
    });
    WEFT_LOG(program.log_modules.front().module, io::Level::notice, "ready: " + daemon->title());
    audit().add({.action = "started", .subject = daemon->title()});
    io::notify_service_manager("READY=1");
    const io::Watchdog watchdog{loop};
    loop.run();
    return status;
}

int start(const Program& program, const std::vector<std::string>& arguments) {
    io::prepare_process();
    io::log().set_modules(program.log_modules);
    config::Faults faults;
    const auto command = config::parse_command_line(program.about, arguments, faults);
    if (!command) {
        print(faults);
        return 1;
    }
    if (command->action == config::Action::print) {
        std::fputs(command->output.c_str(), stdout);
        return 0;
    }
    const auto loaded = program.load(*command, faults);
    print(faults);
    if (!loaded) {
        return 1;
    }
    if (command->action == config::Action::check) {
        return 0;
    }
    if (const auto set = set_up_log(loaded->log, *command); !set) {
        return complain(program, set.error().text);
    }
    if (const auto opened = audit().open(loaded->audit); !opened) {
        return complain(program, opened.error().text);
    }
    return run_until_told(program, *loaded);
}

}  // namespace

int run(const Program& program, int argc, char** argv) {
    try {
        return start(program, {argv + 1, argv + argc});
    } catch (const std::exception& error) {
        return complain(program, error.what());
    }
}

}  // namespace weft::daemon
