#include "broker/store/snapshot.hpp"
#include "common/base/printable.hpp"
#include "tools/weft/broker/drain.hpp"
#include "tools/weft/command_line.hpp"
#include "tools/weft/commands.hpp"
#include "tools/weft/failure.hpp"
#include "tools/weft/values/json.hpp"

#include <iostream>
#include <string>
#include <utility>

namespace weft::tools {
namespace {

namespace po = boost::program_options;

}  // namespace

CommandLine broker_line() {
    CommandLine line(
        "broker VERB [FLAGS]",
        "Works on the folder of a broker's store, on this machine, and asks no broker; or asks\n"
        "one to be emptied: 'weft broker drain --help'.\n"
        "  backup   copies the store, as of one commit, beside the broker that runs, and reads "
        "all\n"
        "           of the copy\n"
        "  verify   reads all of a store or a copy and checks each checksum, beside the broker or\n"
        "           without it\n"
        "  restore  makes a store of a copy; it overwrites none\n"
        "  drain    empties a running broker into the others that keep its queues\n"
        "While backup and verify read, the log of a running broker (store.db-wal) grows.\n"
        "Exit status: 0 if all that was read is sound, 2 if not, 1 if it could not be done.",
        {"weft broker backup --store /var/lib/weft/b1 --to /backup/b1-monday",
         "weft broker verify --store /var/lib/weft/b1",
         "weft broker restore --from /backup/b1-monday --store /var/lib/weft/b1-new"});
    const auto folder = [] { return po::value<std::string>()->value_name("DIR"); };
    line.group("Folders").add_options()                                              //
        ("store", folder(), "The store: /store/path of the broker's configuration")  //
        ("to", folder(), "backup: where the copy goes; empty, or not there yet")     //
        ("from", folder(), "restore: a copy that backup made")                       //
        ("json", "The result as one JSON object");
    return line;
}

namespace {

std::string folder_of(const CommandLine& line, const std::string& flag) {
    if (!line.has(flag)) {
        throw Failure("give --" + flag + " DIR; see 'weft broker --help'");
    }
    return line.get<std::string>(flag);
}

/// A flag that has no effect is refused.
void refuse(const CommandLine& line, const std::string& flag, const std::string& verb) {
    if (line.has(flag)) {
        throw Failure("--" + flag + " has no meaning for 'weft broker " + verb + "'");
    }
}

Result<store::Verdict> verify(const std::string& folder) {
    WEFT_TRY(store::Snapshot snapshot, store::Snapshot::take(folder));
    return snapshot.verify();
}

Result<store::Verdict> carry_out(const CommandLine& line, const std::string& verb) {
    const std::string folder = folder_of(line, "store");
    if (verb == "backup") {
        refuse(line, "from", verb);
        return store::back_up(folder, folder_of(line, "to"));
    }
    refuse(line, "to", verb);
    if (verb == "restore") {
        return store::restore(folder_of(line, "from"), folder);
    }
    refuse(line, "from", verb);
    return verify(folder);
}

void print_json(const store::Verdict& verdict) {
    Json set_aside = Json::array();
    for (const auto& one : verdict.set_aside) {
        set_aside.push_back(
            {{"queue", printable(one.queue)}, {"message", one.message}, {"bytes", one.bytes}});
    }
    Json faults = Json::array();
    for (const std::string& fault : verdict.named) {
        faults.push_back(printable(fault));
    }
    std::cout << Json{{"queues", verdict.queues},        {"messages", verdict.messages},
                      {"bytes", verdict.bytes},          {"bodyFiles", verdict.body_files},
                      {"faults", verdict.faults},        {"named", std::move(faults)},
                      {"setAside", std::move(set_aside)}}
                     .dump(2)
              << '\n';
}

void print_text(const store::Verdict& verdict) {
    for (const std::string& fault : verdict.named) {
        std::cout << printable(fault) << '\n';
    }
    if (verdict.faults > verdict.named.size()) {
        std::cout << "and " << verdict.faults - verdict.named.size() << " faults more\n";
    }
    for (const auto& one : verdict.set_aside) {
        std::cout << "set aside by the broker, because it was damaged: message " << one.message
                  << " of queue '" << printable(one.queue) << "', " << one.bytes
                  << " bytes of it (table 'damaged')\n";
    }
    std::cout << (verdict.faults == 0 ? "sound: " : "DAMAGED: ") << verdict.queues << " queues, "
              << verdict.messages << " messages, " << verdict.bytes << " bytes, "
              << verdict.body_files << " body files, " << verdict.faults << " faults\n";
}

}  // namespace

int run_broker(Arguments arguments) {
    if (!arguments.empty() && arguments.front() == "drain") {
        return run_drain(arguments.subspan(1));
    }
    CommandLine line = broker_line();
    if (!line.parse(arguments)) {
        return 0;
    }
    const std::string verb = line.words().size() == 1 ? line.words().front() : "";
    if (verb != "backup" && verb != "verify" && verb != "restore") {
        throw Failure("say backup, verify, restore or drain; see 'weft broker --help'");
    }
    const auto verdict = carry_out(line, verb);
    if (!verdict) {
        throw Failure(verdict.error().text);
    }
    if (line.has("json")) {
        print_json(*verdict);
    } else {
        print_text(*verdict);
    }
    return verdict->faults == 0 ? 0 : 2;
}

}  // namespace weft::tools
