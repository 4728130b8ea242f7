#include "tools/weft/address/options.hpp"

#include "tools/weft/connection/options.hpp"
#include "tools/weft/failure.hpp"
#include "tools/weft/management/flags.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace weft::tools {
namespace {

namespace po = boost::program_options;

constexpr std::array<std::string_view, 4> kVerbs{"list", "create", "update", "delete"};

/// A flag and the verbs that take it.
struct FlagUse {
    const char* flag;
    std::string_view verbs;
};

constexpr std::array kUses{
    FlagUse{"kind", "create, update and delete"},  FlagUse{"type", "create"},
    FlagUse{"distribution", "create and update"},  FlagUse{"priority", "create and update"},
    FlagUse{"slow-consumer", "create and update"}, FlagUse{"name", "create"},
    FlagUse{"brokers", "create and update"},       FlagUse{"json", "list, create and update"}};

/// Empty if it was not given.
std::string text(const CommandLine& line, const std::string& flag) {
    if (!line.has(flag)) {
        return {};
    }
    const auto& value = line.get<std::string>(flag);
    if (value.empty()) {
        throw Failure("--" + flag + " is empty: give a value or leave it out");
    }
    return value;
}

/// One of a few words, which decide what this program does.
std::string word(const CommandLine& line,
                 const std::string& flag,
                 const std::vector<std::string>& known) {
    std::string value = text(line, flag);
    if (!value.empty() && std::ranges::find(known, value) == known.end()) {
        std::string list;
        for (const std::string& each : known) {
            list += (list.empty() ? "" : &each == &known.back() ? " or " : ", ") + each;
        }
        throw Failure("--" + flag + " takes " + list + ", not '" + value + "'");
    }
    return value;
}

/// "b1,b2"
std::vector<std::string> names(const std::string& list) {
    std::vector<std::string> found;
    for (std::size_t at = 0; !list.empty() && at <= list.size();) {
        const std::size_t end = std::min(list.find(',', at), list.size());
        found.push_back(list.substr(at, end - at));
        at = end + 1;
    }
    return found;
}

void check_verb(const std::string& verb) {
    if (std::ranges::find(kVerbs, verb) == kVerbs.end()) {
        throw Failure("'" + verb + "' is none of list, create, update and delete; " +
                      "see 'weft address --help'");
    }
}

void check_addresses(const AddressArguments& arguments) {
    const std::size_t count = arguments.addresses.size();
    if (arguments.verb == "list") {
        if (count > 0) {
            throw Failure("list takes no address; 'weft stat -a' shows addresses in use");
        }
    } else if (count == 0) {
        throw Failure("which address? Write 'weft address " + arguments.verb + " ADDRESS'");
    } else if (count > 1 && arguments.verb != "delete") {
        throw Failure(arguments.verb + " takes one address at a time, not also '" +
                      arguments.addresses[1] + "'");
    }
}

void check_flags(const CommandLine& line, const std::string& verb) {
    for (const FlagUse& use : kUses) {
        if (line.has(use.flag) && use.verbs.find(verb) == std::string_view::npos) {
            throw Failure("--" + std::string{use.flag} + " is for " + std::string{use.verbs} +
                          ", not for " + verb);
        }
    }
}

}  // namespace

CommandLine address_line() {
    CommandLine line(
        "address [list | create ADDRESS | update ADDRESS | delete ADDRESS…] [FLAGS]",
        "Shows and changes what addresses mean: the entries 'addresses' of the routers'\n"
        "configuration. An entry of scope mesh is known on every Weft router of the mesh, one of\n"
        "scope node on its router alone. Entries that stand in a configuration file are changed\n"
        "there. update and delete find an entry by its rule as it was written.",
        {"weft address                                      # what is configured",
         "weft address create news --distribution multicast # on all routers of the mesh",
         "weft address create 'jobs/#' --priority 7 --scope node",
         "weft address create a.b --kind prefix -r c        # said by router c",
         "weft address create orders --type queue --brokers b1",
         "weft address update news --slow-consumer drop", "weft address delete news 'jobs/#'"});
    const auto named = [](const char* name) { return po::value<std::string>()->value_name(name); };
    line.group("Which").add_options()  //
        ("kind", named("KIND"),
         "address (default of create; + and # are wildcards), prefix or pattern")  //
        ("scope", named("SCOPE"),
         "mesh (default of create at a router of a mesh) or node; else only such entries")  //
        ("json", "Entities as JSON");
    line.group("What").add_options()  //
        ("distribution", named("HOW"),
         "balanced, closest, multicast or unavailable")  //
        ("type", named("TYPE"),
         "anycast, multicast, queue or topic")  //
        ("brokers", named("NAME[,NAME]"),
         "Of a queue or topic: who keeps its messages, by container id or connector")           //
        ("priority", po::value<int>()->value_name("0-9"), "Of messages, instead of their own")  //
        ("slow-consumer", named("WHAT"),
         "For a consumer of a multicast that hangs: block (keep 250) or drop (keep none)")  //
        ("name", named("NAME"), "The entry's name in management");
    add_router_flags(line);
    add_connection_flags(line, "How long to wait for the router (5)");
    return line;
}

AddressArguments address_arguments(const CommandLine& line) {
    AddressArguments arguments;
    if (!line.words().empty()) {
        arguments.verb = line.words().front();
        arguments.addresses.assign(line.words().begin() + 1, line.words().end());
    }
    check_verb(arguments.verb);
    check_addresses(arguments);
    check_flags(line, arguments.verb);
    arguments.kind = word(line, "kind", {"address", "prefix", "pattern"});
    arguments.scope = word(line, "scope", {"mesh", "node"});
    arguments.type = word(line, "type", {"anycast", "multicast", "queue", "topic"});
    arguments.distribution = text(line, "distribution");
    arguments.slow_consumer = text(line, "slow-consumer");
    arguments.name = text(line, "name");
    arguments.brokers = names(text(line, "brokers"));
    if (line.has("priority")) {
        arguments.priority = line.get<int>("priority");
    }
    arguments.json = line.has("json");
    return arguments;
}

}  // namespace weft::tools
