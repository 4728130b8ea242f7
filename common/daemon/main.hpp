#pragma once

#include "common/base/result.hpp"
#include "common/config/cli.hpp"
#include "common/config/fault.hpp"
#include "common/daemon/audit.hpp"
#include "common/daemon/log_section.hpp"
#include "common/io/log.hpp"
#include "common/io/loop.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace weft::daemon {

/// A daemon that runs. Made on a loop that outlives it. Threading: loop-confined (loop 0).
class Daemon {
public:
    Daemon() = default;
    Daemon(const Daemon&) = delete;
    Daemon& operator=(const Daemon&) = delete;
    virtual ~Daemon() = default;

    /// Opens its listeners and connectors. Errors: of the first that fails.
    [[nodiscard]] virtual Result<void> start() = 0;
    /// Ends what is under way, closes all and calls `stopped`, soon.
    virtual void stop(std::function<void()> stopped) = 0;
    /// Reads anew what may change while it runs: certificates and keys.
    virtual void reload() {}
    /// "router A": what the log calls ready.
    virtual std::string title() const = 0;

    /// `end` ends the process with an exit status, soon. Given before `start`.
    void on_end(std::function<void(int status)> end) { end_ = std::move(end); }

protected:
    /// It can't go on: it has closed what it had, and the process ends with that status.
    void end(int status) { end_(status); }

private:
    std::function<void(int status)> end_ = [](int) {};
};

/// A configuration without faults.
struct Loaded {
    std::vector<LogConfig> log;
    AuditConfig audit{};
    /// Called once, so that it may hand over what it has.
    std::function<std::unique_ptr<Daemon>(io::Loop& loop)> make;
};

/// What a daemon gives to `run`.
struct Program {
    config::Program about;
    std::span<const io::NamedModule> log_modules;
    /// Reads the configuration that the command line names, and checks it. Nullopt if there was an
    /// error; warnings are reported in any case.
    std::optional<Loaded> (*load)(const config::CommandLine& command, config::Faults& faults);
};

/// What main does: reads the command line and the configuration, prints faults one a line to
/// stderr, and then ends (--check), or sets up the log and runs the daemon until SIGTERM or SIGINT.
/// SIGHUP reloads.
/// Tells the service manager when it is ready and when it stops.
///
///   arguments ─▶ configuration ─▶ log ─▶ made ─▶ started: "ready" ─▶ SIGTERM ─▶ stopped
///        └─ --help ──┴─ fault, --check ─┴────────────┴─ can't start ─▶ the end
///
/// Returns the exit status: 0, 1 after a fault, or as the daemon ended itself.
int run(const Program& program, int argc, char** argv);

}  // namespace weft::daemon
