#pragma once

#include <span>
#include <string>

namespace weft::tools {

using Arguments = std::span<const std::string>;

// The subcommands. Each takes the arguments behind its name and returns the exit status; what
// fails is thrown as Failure.

/// Prints a router's entities as tables, CSV or JSON.
int run_stat(Arguments arguments);

/// Sends one management operation, or one for each entity of standard input.
int run_manage(Arguments arguments);

/// Lists, makes, changes and deletes the configured addresses.
int run_address(Arguments arguments);

/// Looks into queues of brokers, and changes what is in them.
int run_queue(Arguments arguments);

/// Watches the whole network in a terminal.
int run_top(Arguments arguments);

/// Says what would become of a message.
int run_why(Arguments arguments);

/// Shows who did what to a daemon.
int run_audit(Arguments arguments);

/// Simulates a mesh in which something fails.
int run_sim(Arguments arguments);

/// Copies, checks and restores the store of a broker.
int run_broker(Arguments arguments);

/// Makes a small authority, and certificates by it.
int run_pki(Arguments arguments);

/// Keeps the users of daemons, in a file.
int run_user(Arguments arguments);

/// Sends messages and counts their outcomes.
int run_send(Arguments arguments);

/// Receives and prints messages.
int run_recv(Arguments arguments);

/// Measures rate, latency, CPU and memory, and counts what is lost.
int run_bench(Arguments arguments);

}  // namespace weft::tools
