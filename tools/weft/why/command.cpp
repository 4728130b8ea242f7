#include "common/base/printable.hpp"
#include "tools/weft/address/entry.hpp"
#include "tools/weft/commands.hpp"
#include "tools/weft/failure.hpp"
#include "tools/weft/management/brokers.hpp"
#include "tools/weft/management/client.hpp"
#include "tools/weft/management/entity_type.hpp"
#include "tools/weft/management/flags.hpp"
#include "tools/weft/why/print.hpp"
#include "tools/weft/why/queue.hpp"
#include "tools/weft/why/refused.hpp"
#include "tools/weft/why/trace.hpp"
#include "tools/weft/why/verdict.hpp"

#include <algorithm>
#include <chrono>
#include <iostream>
#include <optional>
#include <sstream>
#include <utility>
#include <vector>

namespace weft::tools {
namespace {

namespace po = boost::program_options;

/// It does not flow; 1 says that the question could not be asked.
constexpr int kDoesNotFlow = 2;
/// Of routers with senders, as many ways are followed for a receiver.
constexpr std::size_t kWaysMax = 16;

struct Question {
    std::string address;
    std::string subject;  // empty: none
    std::string router;   // empty: the one connected to
    bool as_receiver = false;
    bool json = false;
};

}  // namespace

CommandLine why_line() {
    CommandLine line(
        "why ADDRESS [FLAGS]\n       weft why refused [CLIENT] [FLAGS]",
        "Says what would become of a message sent to ADDRESS now, router by router, by the\n"
        "decision that the routers take for messages themselves; nothing is sent and nothing\n"
        "changes. Of a queue its broker says what it holds, who has it, and its limits.\n"
        "Ends with a verdict and a remedy. Exit status: 0 it flows, 2 it does not,\n"
        "1 the router could not be asked.\n\n"
        "With 'refused': what this daemon has refused of late, the last first, and why: logins,\n"
        "connections, links, messages, subscriptions. CLIENT is a user, a container or client\n"
        "identifier, or a host. Exit status: 0 nothing, 2 something was refused.",
        {"weft why orders                        # would a message sent here arrive?",
         "weft why orders --from b               # sent at router b, asked through this one",
         "weft why orders --as receiver          # why does nothing arrive here?",
         "weft why events --subject eu.alarm     # events is an exchange: where would it go?",
         "weft why orders --json | jq .verdict",
         "weft why refused sensor-7              # what did this client not get?"});
    const auto named = [](const char* name) { return po::value<std::string>()->value_name(name); };
    line.group("Question")
        .add_options()  //
        ("from", named("ROUTER"),
         "Where the message is sent, or received with --as receiver "
         "(default: the router connected to)")                                   //
        ("router,r", named("ROUTER"), "The same as --from")                      //
        ("subject", named("SUBJECT"), "Of the message: an exchange goes by it")  //
        ("as", named("SIDE")->default_value("sender"), "sender or receiver")     //
        ("json", "The routers' answers and the verdict as one JSON object");
    add_connection_flags(line, "How long to wait for each router (5)");
    return line;
}

namespace {

Question read_question(const CommandLine& line) {
    if (line.words().size() != 1) {
        throw Failure(line.words().empty() ? "which address? See 'weft why --help'"
                                           : "one address at a time; see 'weft why --help'");
    }
    if (line.has("from") && line.has("router")) {
        throw Failure("give either --from or --router");
    }
    const std::string side = line.get<std::string>("as");
    if (side != "sender" && side != "receiver") {
        throw Failure("--as takes sender or receiver, not '" + side + "'");
    }
    const auto id = [&line](const char* flag) {
        return line.has(flag) ? line.get<std::string>(flag) : std::string{};
    };
    return {.address = line.words().front(),
            .subject = id("subject"),
            .router = id("from") + id("router"),
            .as_receiver = side == "receiver",
            .json = line.has("json")};
}

Json explain(ManagementClient& client, const Question& question, const std::string& origin) {
    Request request{
        .operation = "EXPLAIN",
        .properties = {{"type", "org.apache.qpid.dispatch.router"}, {"address", question.address}}};
    if (!question.subject.empty()) {
        request.properties["subject"] = question.subject;
    }
    if (!origin.empty()) {
        request.properties["origin"] = origin;
    }
    return client.call(request);
}

/// False of an original, which answers as if something were missing in the request.
bool can_explain(ManagementClient& client) {
    const std::string operations = json_text(client.ask("GET-OPERATIONS"), -1);
    return operations.find("\"EXPLAIN\"") != std::string::npos;
}

/// The router that the question is about: it must answer.
Hop first_hop(ManagementClient& client, const Question& question) {
    try {
        Hop hop{.answer = explain(client, question, {})};
        hop.router = text_at(hop.answer, "router");
        return hop;
    } catch (const StatusFailure&) {
        if (!can_explain(client)) {
            throw Failure("this router can't explain itself: it is no Weft router, or too old");
        }
        throw;
    }
}

/// A further router, which may be gone or an original. Each is asked over a connection of its own:
/// a router that does not answer breaks none that is needed.
Explain asker(const ConnectionOptions& options, const Question& question) {
    return [&options, &question](const std::string& router, const std::string& origin) {
        Hop hop{.router = router};
        try {
            ManagementClient client(options, management_address(router, {}));
            try {
                hop.answer = explain(client, question, origin);
            } catch (const StatusFailure& failure) {
                hop.failure = failure.what();
                hop.refused = !can_explain(client);
            }
            client.close();
        } catch (const Failure& failure) {
            hop.failure = failure.what();
        }
        return hop;
    };
}

/// The ways of messages from each router that has senders, that of `here` first. Routers that do
/// not say go to `unheard`.
std::vector<std::vector<Hop>> ways_to(const Hop& here,
                                      const std::vector<std::string>& routers,
                                      const Explain& explain,
                                      std::vector<std::string>& unheard) {
    std::vector<std::vector<Hop>> ways;
    const auto follow = [&](Hop hop) {
        if (hop.answer.is_null()) {
            unheard.push_back(hop.router);
        } else if (count_at(hop.answer, "producerCount") > 0 && ways.size() < kWaysMax) {
            ways.push_back(trace(std::move(hop), explain, routers.size() + 1));
        }
    };
    follow(here);
    for (const std::string& router : routers) {
        if (router != here.router && ways.size() < kWaysMax) {
            follow(explain(router, {}));
        }
    }
    return ways;
}

Json json_of(const std::vector<Hop>& hops) {
    Json list = Json::array();
    for (const Hop& hop : hops) {
        list.push_back(hop.answer.is_null() ? Json{{"router", hop.router}, {"failure", hop.failure}}
                                            : hop.answer);
    }
    return list;
}

/// What a broker says of its queue: its entity, with the "oldest" of its messages; null: it has
/// none. Throws Failure.
Entity asked_queue(ManagementClient& broker, const std::string& name) {
    const Json target{{"type", entity_type("queue")}, {"name", name}};
    Entity queue = broker.call({.operation = "READ", .properties = target});
    Request peek{.operation = "PEEK", .properties = target};
    peek.properties["count"] = 1;
    const Json answer = broker.call(peek);
    const Json& messages = answer["messages"];
    queue["oldest"] = messages.empty() ? Json{} : messages.front();
    return queue;
}

/// The queue of that name of each broker that keeps the address and says what is in it.
std::vector<Entity> queues_of(ManagementClient& router,
                              const ConnectionOptions& options,
                              const std::string& address) {
    std::vector<Entity> entries = router.query("address", {}, 0);
    std::erase_if(entries, [&](const Entity& entry) { return rule_of(entry) != address; });
    std::vector<Entity> queues;
    for (const auto& [broker, routers] : brokers_in(entries)) {
        if (routers.empty()) {
            continue;
        }
        try {
            ManagementClient client(options, broker_address(broker));
            Entity queue{{"broker", broker}};
            queue.update(asked_queue(client, address));
            queues.push_back(std::move(queue));
            client.close();
        } catch (const Failure&) {  // it is no broker of ours, or has no such queue yet
        }
    }
    return queues;
}

void print_queues(const std::vector<Entity>& queues, std::ostream& out) {
    using std::chrono::milliseconds;
    const auto now = std::chrono::duration_cast<milliseconds>(
        std::chrono::system_clock::now().time_since_epoch());
    for (const Entity& queue : queues) {
        for (const std::string& line :
             queue_lines(queue, queue.value("oldest", Json{}), now.count())) {
            out << line << ".\n";
        }
        out << '\n';
    }
}

void print_verdict(const Verdict& verdict, std::ostream& out) {
    out << "Verdict: " << verdict.text << ".\nRemedy:  " << verdict.remedy << ".\n";
}

void print_text(const Hop& here,
                const std::vector<std::vector<Hop>>& ways,
                const std::vector<Entity>& queues,
                const Verdict& verdict,
                std::ostream& out) {
    const auto shows_here = [&](const std::vector<Hop>& way) {
        return std::ranges::count(way, here.router, &Hop::router) > 0;
    };
    if (std::ranges::none_of(ways, shows_here)) {
        print_hop(here, /*first=*/false, out);
        out << '\n';
    }
    for (const auto& way : ways) {
        for (std::size_t i = 0; i < way.size(); ++i) {
            print_hop(way[i], i == 0, out);
            out << '\n';
        }
    }
    print_queues(queues, out);
    print_verdict(verdict, out);
}

void print_json(const Question& question,
                const Hop& here,
                const std::vector<std::vector<Hop>>& ways,
                const std::vector<Entity>& queues,
                const Verdict& verdict,
                std::ostream& out) {
    Json answer{{"address", question.address},
                {"as", question.as_receiver ? "receiver" : "sender"}};
    if (question.as_receiver) {
        answer["here"] = here.answer;
    }
    answer["ways"] = Json::array();
    for (const auto& way : ways) {
        answer["ways"].push_back(json_of(way));
    }
    if (!queues.empty()) {
        answer["queues"] = queues;
    }
    answer["flows"] = verdict.flows;
    answer["verdict"] = verdict.text;
    answer["remedy"] = verdict.remedy;
    out << json_text(answer, 2) << '\n';
}

/// What a broker says of its queue.
Verdict explain_queue(ManagementClient& broker, const Question& question, std::ostream& out) {
    const Entity queue = asked_queue(broker, question.address);
    Verdict verdict = judge_queue(queue);
    if (question.json) {
        out << json_text(Json{{"address", question.address},
                              {"queues", Json::array({queue})},
                              {"flows", verdict.flows},
                              {"verdict", verdict.text},
                              {"remedy", verdict.remedy}},
                         2)
            << '\n';
    } else {
        print_queues({queue}, out);
        print_verdict(verdict, out);
    }
    return verdict;
}

/// What the routers say, and the brokers behind them.
Verdict explain_way(ManagementClient& client,
                    const ConnectionOptions& options,
                    const Question& question,
                    std::ostream& out) {
    const Hop here = first_hop(client, question);
    std::vector<std::string> routers = client.routers();
    std::ranges::transform(routers, routers.begin(), id_in_address);
    const Explain explain = asker(options, question);

    std::vector<std::vector<Hop>> ways;
    std::vector<std::string> unheard;
    if (question.as_receiver) {
        ways = ways_to(here, routers, explain, unheard);
    } else {
        ways.push_back(trace(here, explain, std::max<std::size_t>(routers.size(), 1)));
    }
    Verdict verdict = question.as_receiver ? judge_receiver(question.address, here, ways, unheard)
                                           : judge_sender(question.address, ways.front());
    const std::vector<Entity> queues = queues_of(client, options, question.address);
    for (const Entity& queue : queues) {
        const Verdict its = judge_queue(queue);
        verdict = verdict.flows && !its.flows ? its : verdict;
    }
    question.json ? print_json(question, here, ways, queues, verdict, out)
                  : print_text(here, ways, queues, verdict, out);
    return verdict;
}

int run_refused(const CommandLine& line) {
    const auto& words = line.words();
    if (words.size() > 2) {
        throw Failure("one client at a time; see 'weft why --help'");
    }
    const std::string client = words.size() == 2 ? words.back() : std::string{};
    ManagementClient daemon(connection_options(line), management_address({}, {}));
    if (!daemon.knows("refusal")) {
        throw Failure(
            "this daemon does not keep what it refused: it is none of Weft's, or too old");
    }
    const std::vector<Entity> refused = refusals_of(daemon.query("refusal", {}, 0), client);
    daemon.close();
    std::string text;
    if (line.has("json")) {
        text = json_text(Json(refused), 2) + "\n";
    } else if (refused.empty()) {
        text = "Nothing was refused" + (client.empty() ? "" : " of " + client) +
               ", as far as this daemon remembers.\n";
    }
    for (std::size_t i = 0; !line.has("json") && i < refused.size(); ++i) {
        text += (i == 0 ? "" : "\n") + refusal_text(refused[i]);
    }
    std::cout << printable(text, Breaks::kept) << std::flush;
    if (!std::cout) {
        throw Failure("cannot write to standard output");
    }
    return refused.empty() ? 0 : kDoesNotFlow;
}

}  // namespace

int run_why(Arguments arguments) {
    CommandLine line = why_line();
    if (!line.parse(arguments)) {
        return 0;
    }
    if (!line.words().empty() && line.words().front() == "refused") {
        return run_refused(line);
    }
    const Question question = read_question(line);
    const ConnectionOptions options = connection_options(line);
    ManagementClient client(options, management_address(question.router, {}));
    std::ostringstream text;
    const Verdict verdict = client.knows("queue") ? explain_queue(client, question, text)
                                                  : explain_way(client, options, question, text);
    std::cout << printable(text.str(), Breaks::kept) << std::flush;
    if (!std::cout) {
        throw Failure("cannot write to standard output");
    }
    client.close();
    return verdict.flows ? 0 : kDoesNotFlow;
}

}  // namespace weft::tools
