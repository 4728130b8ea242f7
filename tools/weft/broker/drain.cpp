#include "tools/weft/broker/drain.hpp"

#include "common/base/printable.hpp"
#include "tools/weft/command_line.hpp"
#include "tools/weft/connection/interrupt.hpp"
#include "tools/weft/connection/options.hpp"
#include "tools/weft/failure.hpp"
#include "tools/weft/management/client.hpp"
#include "tools/weft/management/entity_type.hpp"
#include "tools/weft/tables/numbers.hpp"
#include "tools/weft/tables/report.hpp"
#include "tools/weft/values/json.hpp"

#include <chrono>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

namespace weft::tools {
namespace {

namespace po = boost::program_options;

constexpr std::chrono::milliseconds kPollPeriod{500};

}  // namespace

CommandLine drain_line() {
    CommandLine line(
        "broker drain ID [FLAGS]",
        "Empties the queues of a broker into the other brokers that keep them, so that it may be\n"
        "stopped for good. From then on it gives no credit to producers of these queues; its\n"
        "messages leave through the mesh, to the same addresses. It goes on over restarts, until\n"
        "--cancel. Asked again it says how far it is. ID is the broker's, asked for at any router\n"
        "of the mesh, or at the broker itself.\n\n"
        "\"drained\" is said when the broker's store has no message of these queues. Queues that "
        "no\n"
        "other broker keeps, and topics, are named and stay.\n"
        "Exit status: 0; with --wait 2 if messages stay that keep it from being safe to stop.",
        {"weft broker drain b1 --wait", "weft broker drain b1 --queue orders --queue invoices",
         "weft broker drain b1 --show", "weft broker drain b1 --cancel"});
    line.group("What and how")
        .add_options()  //
        ("queue", po::value<std::vector<std::string>>()->value_name("NAME"),
         "This queue alone; may be given again")                     //
        ("wait", "Until it is drained; shows how far it is")         //
        ("show", "Say how far it is, and change nothing")            //
        ("cancel", "All is as it was: producers have credit again")  //
        ("json", "Print JSON");
    add_connection_flags(line, "How long to wait for each answer (5)");
    return line;
}

namespace {

Request drain_request(const CommandLine& line) {
    const bool shows = line.has("show");
    const bool cancels = line.has("cancel");
    const bool several = (shows && (cancels || line.has("queue"))) ||
                         (cancels && (line.has("queue") || line.has("wait")));
    if (several) {
        throw Failure("give one of --queue, --show and --cancel, and no --wait with --cancel");
    }
    Request request{.operation = shows     ? "SHOW-DRAIN"
                                 : cancels ? "CANCEL-DRAIN"
                                           : "DRAIN",
                    .properties = {{"type", entity_type("broker")}}};
    if (line.has("queue")) {
        std::string names;
        for (const std::string& name : line.get<std::vector<std::string>>("queue")) {
            names += (names.empty() ? "" : "\n") + name;
        }
        request.properties["queues"] = names;
    }
    return request;
}

/// At the broker itself, or through the router connected to.
std::unique_ptr<ManagementClient> broker_client(const CommandLine& line, const std::string& id) {
    const ConnectionOptions options = connection_options(line);
    auto client = std::make_unique<ManagementClient>(options, management_address("", ""));
    if (client->knows("broker")) {
        const std::vector<Entity> self = client->query("broker", {"id"}, 1);
        const std::string there = self.empty() ? "" : text_of(self.front(), "id");
        if (there != id) {
            throw Failure("this is broker '" + there + "', not '" + id + "'");
        }
        return client;
    }
    client->close();
    return std::make_unique<ManagementClient>(options, broker_address(id));
}

std::string count_of(const Json& report, const char* key) {
    return with_commas(number_of(report, key));
}

std::string progress_of(const Json& report) {
    std::string words = text_of(report, "state") + ": " + count_of(report, "messages") +
                        " messages left in " +
                        with_commas(number_of(report, "queues") - number_of(report, "empty")) +
                        " queues, " + count_of(report, "forwarded") + " forwarded";
    if (number_of(report, "perSecond") > 0) {
        words += ", " + count_of(report, "perSecond") + " a second";
    }
    return words;
}

void print_lines(const Json& report, const char* which, const char* words, const char* why) {
    for (const Json& line : report.value(which, Json::array())) {
        const std::string reason = text_of(line, why);
        std::cout << "  '" << printable(text_of(line, "queue")) << "' " << words << ' '
                  << count_of(line, "messages") << " messages"
                  << (reason.empty() ? "" : ": " + printable(reason)) << '\n';
    }
}

bool is_safe(const Json& report) {
    return text_of(report, "state") == "drained" && is_set(report, "all") &&
           number_of(report, "stayingMessages") == 0;
}

void print_report(const std::string& id, const Json& report) {
    const std::string state = text_of(report, "state");
    if (state == "none") {
        std::cout << printable(id) << ": nothing is drained\n";
        return;
    }
    if (state == "drained") {
        std::cout << printable(id) << ": drained: its store has no message of "
                  << count_of(report, "queues") << " queues\n";
    } else {
        std::cout << printable(id) << ": " << printable(progress_of(report)) << '\n';
        print_lines(report, "left", "has", "trouble");
    }
    if (number_of(report, "staying") > 0) {
        std::cout << count_of(report, "staying") << " queues with "
                  << count_of(report, "stayingMessages") << " messages stay:\n";
        print_lines(report, "stays", "keeps", "reason");
    }
    if (is_safe(report)) {
        std::cout << "safe to stop\n";
    } else if (state == "drained" && is_set(report, "all")) {
        std::cout << "NOT safe to stop: what stays would be out of reach\n";
    }
}

Json wait_until_drained(ManagementClient& broker, Json report) {
    const Interrupt interrupt;
    const Request show{.operation = "SHOW-DRAIN", .properties = {{"type", entity_type("broker")}}};
    std::string shown;
    while (text_of(report, "state") == "draining" && !Interrupt::raised()) {
        if (const std::string progress = progress_of(report); progress != shown) {
            std::cerr << printable(progress) << '\n';
            shown = progress;
        }
        broker.idle_until(std::chrono::steady_clock::now() + kPollPeriod);
        report = broker.call(show);
    }
    return report;
}

}  // namespace

int run_drain(Arguments arguments) {
    CommandLine line = drain_line();
    if (!line.parse(arguments)) {
        return 0;
    }
    if (line.words().size() != 1) {
        throw Failure("say which broker: weft broker drain ID; 'weft stat --queues' lists them");
    }
    const std::string& id = line.words().front();
    const Request request = drain_request(line);
    const auto broker = broker_client(line, id);
    Json report = broker->call(request);
    if (line.has("wait")) {
        report = wait_until_drained(*broker, std::move(report));
    }
    broker->close();
    if (line.has("json")) {
        std::cout << json_text(report, 2) << '\n';
    } else {
        print_report(id, report);
    }
    const bool unsafe = is_set(report, "all") && !is_safe(report);
    return line.has("wait") && (unsafe || text_of(report, "state") != "drained") ? 2 : 0;
}

}  // namespace weft::tools
