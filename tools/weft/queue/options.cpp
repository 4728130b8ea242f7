#include "tools/weft/queue/options.hpp"

#include "tools/weft/connection/options.hpp"
#include "tools/weft/failure.hpp"
#include "tools/weft/management/entity_type.hpp"
#include "tools/weft/management/flags.hpp"
#include "tools/weft/values/attribute_argument.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <string_view>

namespace weft::tools {
namespace {

namespace po = boost::program_options;

struct VerbUse {
    std::string_view verb;
    std::size_t words;       // that it needs
    bool settings;           // ATTRIBUTE=VALUE may follow
    std::string_view flags;  // that it takes, beside those of all
};
constexpr std::array kVerbs{
    VerbUse{"peek", 1, false, "count from json"}, VerbUse{"purge", 1, false, "count ids yes json"},
    VerbUse{"move", 2, false, "count ids json"},  VerbUse{"replay", 1, false, "count ids json"},
    VerbUse{"create", 1, true, "json"},           VerbUse{"update", 1, true, "json"},
    VerbUse{"delete", 1, false, "force yes"}};

const VerbUse& verb_of(const CommandLine& line) {
    const std::string verb = line.words().empty() ? "" : line.words().front();
    const auto found = std::ranges::find(kVerbs, verb, &VerbUse::verb);
    if (found == kVerbs.end()) {
        throw Failure(
            (verb.empty() ? "what is to be done? " : "there is no verb '" + verb + "': ") +
            "peek, purge, move, replay, create, update or delete; 'weft stat --queues' lists them");
    }
    return *found;
}

bool takes(const VerbUse& use, std::string_view flag) {
    for (std::size_t at = 0; at < use.flags.size();) {
        const std::size_t end = std::min(use.flags.find(' ', at), use.flags.size());
        if (use.flags.substr(at, end - at) == flag) {
            return true;
        }
        at = end + 1;
    }
    return false;
}

/// "ttlSeconds={"max": 60}": a value that begins as an object is one.
Json setting_value(const AttributeArgument& argument) {
    if (!argument.text.starts_with('{')) {
        return argument.value;
    }
    Json object = Json::parse(argument.text, nullptr, /*allow_exceptions=*/false);
    if (object.is_discarded()) {
        throw Failure("the value of '" + argument.name + "' is no JSON object");
    }
    return object;
}

void read_settings(const std::vector<std::string>& words, std::size_t at, Json& settings) {
    for (; at < words.size(); ++at) {
        const AttributeArgument argument = parse_attribute(words[at]);
        settings[argument.name] = setting_value(argument);
    }
}

}  // namespace

CommandLine queue_line() {
    CommandLine line(
        "queue VERB QUEUE [FLAGS]",
        "Looks into a queue of a broker and changes what is in it. Asked of a router, it finds\n"
        "the broker by the router's addresses, or --broker names it.\n\n"
        "  peek QUEUE                    its oldest messages; takes none\n"
        "  purge QUEUE                   removes messages: all, --count of them, or those of "
        "--ids\n"
        "  move QUEUE TO                 to the end of another queue of the same broker, likewise\n"
        "  replay QUEUE                  its dead messages, each to the queue that it died in;\n"
        "                                what can't go back stays, and is told\n"
        "  create QUEUE [NAME=VALUE …]   makes one: maxMessages=1000 overflow=reject\n"
        "  update QUEUE NAME=VALUE …     changes one that no address list of routers has\n"
        "  delete QUEUE                  --force: with all messages, and its links are detached\n\n"
        "What consumers have, and what waits for its next delivery after one that failed, is\n"
        "not purged, moved or replayed. The broker's log says who did what.",
        {"weft queue peek orders --count 20", "weft queue replay '$dlq' --broker b1",
         "weft queue move '$dlq' orders --ids 5,7,9-12 --broker b1",
         "weft queue purge orders --yes",
         "weft queue create jobs maxMessages=1000 overflow=reject 'ttlSeconds={\"max\": 3600}'"});
    line.group("What and how")
        .add_options()  //
        ("count,n", po::value<std::uint64_t>()->value_name("N"),
         "So many messages (peek: 10, the others: all)")                                     //
        ("from", po::value<std::uint64_t>()->value_name("ID"), "Of peek: the first number")  //
        ("ids", po::value<std::string>()->value_name("IDS"), "Those alone: 5,7,9-12")        //
        ("force", "Delete it though it has messages or links")                               //
        ("yes,y", "Do not ask whether that is meant")                                        //
        ("json", "Print JSON");
    add_router_flags(line);
    add_connection_flags(line, "How long to wait for each answer (5)");
    return line;
}

QueueArguments queue_arguments(const CommandLine& line) {
    const VerbUse& use = verb_of(line);
    const std::vector<std::string>& words = line.words();
    if (words.size() < 1 + use.words || (words.size() > 1 + use.words && !use.settings)) {
        throw Failure("weft queue " + std::string{use.verb} + " takes " +
                      (use.words == 2 ? "two queues: from which, and to which"
                       : use.settings ? "a queue, then NAME=VALUE"
                                      : "one queue") +
                      "; see 'weft queue --help'");
    }
    for (const char* flag : {"count", "from", "ids", "force", "yes", "json"}) {
        if (line.has(flag) && !takes(use, flag)) {
            throw Failure("--" + std::string{flag} + " means nothing to " + std::string{use.verb});
        }
    }
    if (line.has("ids") && line.has("count")) {
        throw Failure("give either --ids or --count");
    }
    QueueArguments arguments{.verb = std::string{use.verb}, .queue = words[1]};
    if (use.words == 2) {
        arguments.to = words[2];
    }
    if (line.has("count")) {
        arguments.count = line.get<std::uint64_t>("count");
        if (arguments.count == 0U) {
            throw Failure("--count 0 does nothing: leave it out for all");
        }
    }
    arguments.from = line.has("from") ? line.get<std::uint64_t>("from") : 1;
    arguments.ids = line.has("ids") ? line.get<std::string>("ids") : "";
    arguments.force = line.has("force");
    arguments.yes = line.has("yes");
    arguments.json = line.has("json");
    read_settings(words, 1 + use.words, arguments.settings);
    if (use.verb == "update" && arguments.settings.empty()) {
        throw Failure("what is to be changed? Give NAME=VALUE, as in maxMessages=1000");
    }
    return arguments;
}

Request queue_request(const QueueArguments& arguments, std::uint64_t from, std::uint64_t count) {
    std::string operation = arguments.verb;
    std::ranges::transform(operation, operation.begin(),
                           [](char c) { return static_cast<char>(c - 'a' + 'A'); });
    Request request{.operation = operation,
                    .properties = {{"type", entity_type("queue")}, {"name", arguments.queue}}};
    if (!arguments.to.empty()) {
        request.properties["to"] = arguments.to;
    }
    if (!arguments.ids.empty()) {
        request.properties["ids"] = arguments.ids;
    }
    if (arguments.verb == "peek" || (arguments.verb == "replay" && arguments.ids.empty())) {
        request.properties["from"] = from;
    }
    if (count > 0) {
        request.properties["count"] = count;
    }
    if (arguments.force) {
        request.properties["force"] = true;
    }
    request.body = arguments.settings;
    return request;
}

std::string bytes_of(const Json& shown) {
    if (shown.is_string()) {
        return shown.get<std::string>();
    }
    const Json hex = shown.is_object() ? shown.value("hex", Json{}) : Json{};
    if (!hex.is_string() || hex.get_ref<const std::string&>().size() % 2 != 0) {
        throw Failure("the broker's answer has a message that is no binary");
    }
    const std::string& digits = hex.get_ref<const std::string&>();
    std::string bytes;
    for (std::size_t at = 0; at < digits.size(); at += 2) {
        unsigned value = 0;
        const char* const end = digits.data() + at + 2;
        if (std::from_chars(digits.data() + at, end, value, 16).ptr != end) {
            throw Failure("the broker's answer has a message that is no binary");
        }
        bytes.push_back(static_cast<char>(value));
    }
    return bytes;
}

}  // namespace weft::tools
