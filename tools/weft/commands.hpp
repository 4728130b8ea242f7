#pragma once

#include "tools/weft/command_line.hpp"

#include <span>
#include <string>

namespace weft::tools {

using Arguments = std::span<const std::string>;

// The subcommands. Each takes the arguments behind its name and returns the exit status; what
// fails is thrown as Failure. What each takes stands beside it.

/// Starts routers, a broker and a gateway to try things with.
int run_up(Arguments arguments);
CommandLine up_line();

/// Prints a router's entities as tables, CSV or JSON.
int run_stat(Arguments arguments);
CommandLine stat_line();

/// Sends one management operation, or one for each entity of standard input.
int run_manage(Arguments arguments);
CommandLine manage_line();

/// Lists, makes, changes and deletes the configured addresses.
int run_address(Arguments arguments);

/// Looks into queues of brokers, and changes what is in them.
int run_queue(Arguments arguments);

/// Watches the whole network in a terminal.
int run_top(Arguments arguments);
CommandLine top_line();

/// Shows what changes in a list of entities.
int run_watch(Arguments arguments);
CommandLine watch_line();

/// Says what would become of a message.
int run_why(Arguments arguments);
CommandLine why_line();

/// Shows who did what to a daemon.
int run_audit(Arguments arguments);
CommandLine audit_line();

/// Simulates a mesh in which something fails.
int run_sim(Arguments arguments);
CommandLine sim_line();

/// Copies, checks and restores the store of a broker.
int run_broker(Arguments arguments);
CommandLine broker_line();

/// Makes a small authority, and certificates by it.
int run_pki(Arguments arguments);
CommandLine pki_line();

/// Keeps the users of daemons, in a file.
int run_user(Arguments arguments);
CommandLine user_line();

/// Sends messages and counts their outcomes.
int run_send(Arguments arguments);
CommandLine send_line();

/// Receives and prints messages.
int run_recv(Arguments arguments);
CommandLine recv_line();

/// Measures rate, latency, CPU and memory, and counts what is lost.
int run_bench(Arguments arguments);

/// Checks configurations and prints their schema.
int run_config(Arguments arguments);
CommandLine config_line();

/// Writes man pages, and completion for shells.
int run_manual(Arguments arguments);
CommandLine manual_line();

}  // namespace weft::tools
