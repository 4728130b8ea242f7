#include "tools/weft/command_table.hpp"

#include "tools/weft/address/options.hpp"
#include "tools/weft/bench/options.hpp"
#include "tools/weft/queue/options.hpp"

#include <array>

namespace weft::tools {
namespace {

constexpr std::array kCommands{
    Command{"up", "Start a router, a broker and an MQTT gateway to try things with", run_up,
            up_line},
    Command{"stat", "Show a router's state: links, addresses, connections, …", run_stat, stat_line},
    Command{"manage", "Query, create, read, update and delete a router's entities", run_manage,
            manage_line, "query create read update delete"},
    Command{"address", "List, create, update and delete what addresses mean, mesh-wide",
            run_address, address_line, "list create update delete"},
    Command{"queue", "Look into a broker's queue, empty it, move its messages; make and delete",
            run_queue, queue_line, "peek purge move replay create update delete"},
    Command{"top", "Watch the network: routers, busiest addresses, slowest links", run_top,
            top_line},
    Command{"watch", "Watch a list: what is new, changed or gone, line by line", run_watch,
            watch_line},
    Command{"why", "Say what becomes of messages to an address, and why", run_why, why_line,
            "refused"},
    Command{"audit", "Show who logged in to a daemon, and who changed what", run_audit, audit_line},
    Command{"sim", "Simulate a mesh: what happens when a router or a link fails", run_sim,
            sim_line},
    Command{"broker", "Back up, verify and restore a broker's store; empty a broker", run_broker,
            broker_line, "backup verify restore drain"},
    Command{"pki", "Make certificates for a mesh, by an authority of its own", run_pki, pki_line,
            "init issue revoke"},
    Command{"user", "Add and delete users who come in with a password", run_user, user_line,
            "add passwd delete list"},
    Command{"send", "Send messages to an address", run_send, send_line},
    Command{"recv", "Receive messages from an address", run_recv, recv_line},
    Command{"bench", "Measure a router or a broker: rate, latency, CPU, memory, losses", run_bench,
            bench_line},
    Command{"config", "Check configurations, print their schema, import a qdrouterd.conf",
            run_config, config_line, "check import schema"},
    Command{"manual", "Write man pages, and completion for shells", run_manual, manual_line,
            "man bash zsh fish"},
};

}  // namespace

std::span<const Command> commands() {
    return kCommands;
}

}  // namespace weft::tools
