#include "tools/weft/commands.hpp"
#include "tools/weft/failure.hpp"
#include "tools/weft/manage/request.hpp"
#include "tools/weft/management/client.hpp"
#include "tools/weft/management/flags.hpp"

#include <iostream>
#include <iterator>
#include <string>

namespace weft::tools {
namespace {

namespace po = boost::program_options;

}  // namespace

CommandLine manage_line() {
    CommandLine line(
        "manage VERB [ATTRIBUTE=VALUE…] [FLAGS]",
        "Sends a management operation to a router and prints the answer as JSON.\n"
        "Standard verbs, in any case: QUERY [ATTRIBUTE…], CREATE, READ, UPDATE, DELETE, "
        "GET-TYPES,\n"
        "GET-OPERATIONS, GET-ATTRIBUTES, GET-ANNOTATIONS, GET-MGMT-NODES, GET-SCHEMA, GET-LOG.\n"
        "Any other verb is sent as a custom operation.\n\n"
        "A VALUE that is a plain whole number, true or false is sent as such unless the router's\n"
        "schema knows the attribute as text; all else is sent as text.",
        {"weft manage query --type listener name port",
         "weft manage create --type address --name a1 prefix=orders distribution=multicast",
         "weft manage update --name log/DEFAULT enable=debug+",
         "weft manage delete --type connector --name to-core",
         "weft manage query --type router.address key deliveriesIngress --sort -deliveriesIngress "
         "--limit 5",
         R"(echo '[{"prefix": "a"}, {"prefix": "b"}]' | weft manage create --type address --stdin)",
         "weft manage get-log --limit 5 --indent -1"});
    const auto named = [](const char* name) { return po::value<std::string>()->value_name(name); };
    line.group("Entity and arguments")
        .add_options()                                                                            //
        ("type", named("TYPE"), "Entity type; link, node, address, listener, … or a full name")   //
        ("name", named("NAME"), "The entity's name")                                              //
        ("identity", named("ID"), "The entity's identity")                                        //
        ("stdin", "Attributes from standard input: a JSON object, or a list of them")             //
        ("body", named("JSON"), "Body of a custom operation")                                     //
        ("properties", named("JSON"), "Application properties of a custom operation, or DELETE")  //
        ("where", po::value<std::vector<std::string>>()->composing()->value_name("NAME=TEXT"),
         "QUERY: rows whose attribute is that (NAME!=TEXT: is not; TEXT*: begins so); all must "
         "hold")                                                                              //
        ("match", named("TEXT"), "QUERY: rows one of whose values contains it, in any case")  //
        ("sort", named("NAME"), "QUERY: the least first; -NAME: the largest")                 //
        ("limit", po::value<std::size_t>()->value_name("N"), "At most N rows or log lines")   //
        ("indent", po::value<int>()->value_name("N")->default_value(2), "-1 is one line");
    add_router_flags(line);
    add_connection_flags(line, "How long to wait for the router (5)");
    return line;
}

namespace {

Json parse_json(const std::string& flag, const std::string& text) {
    Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (json.is_discarded()) {
        throw Failure(flag + " is not valid JSON");
    }
    return json;
}

ManageArguments read_arguments(const CommandLine& line) {
    if (line.words().empty()) {
        throw Failure("which operation? See 'weft manage --help'");
    }
    const auto text = [&line](const char* flag) {
        return line.has(flag) ? line.get<std::string>(flag) : std::string{};
    };
    ManageArguments arguments{.verb = line.words().front(),
                              .type = text("type"),
                              .name = text("name"),
                              .identity = text("identity"),
                              .words = {line.words().begin() + 1, line.words().end()}};
    if (line.has("body")) {
        arguments.body = parse_json("--body", text("body"));
    }
    if (line.has("properties")) {
        arguments.properties = parse_json("--properties", text("properties"));
        if (!arguments.properties.is_object()) {
            throw Failure("--properties must be a JSON object");
        }
    }
    const std::string verb = canonical_verb(arguments.verb);
    if (line.has("limit")) {
        if (!takes_limit(verb)) {
            throw Failure("--limit is for QUERY and GET-LOG");
        }
        arguments.limit = line.get<std::size_t>("limit");
    }
    if (line.has("where")) {
        arguments.selection.conditions = line.get<std::vector<std::string>>("where");
    }
    arguments.selection.match = text("match");
    arguments.selection.sort = text("sort");
    if (arguments.selection.asks() && verb != "QUERY") {
        throw Failure("--where, --match and --sort are for QUERY");
    }
    if (line.has("stdin") && (!takes_attributes(verb) || !arguments.words.empty())) {
        throw Failure("--stdin is for CREATE, UPDATE and DELETE without attributes as arguments");
    }
    return arguments;
}

/// Rows without the attributes that are null.
Json query(ManagementClient& client, const ManageArguments& arguments) {
    if (!arguments.name.empty() || !arguments.identity.empty()) {
        throw Failure("QUERY takes --type, not --name or --identity; READ takes those");
    }
    Json rows = Json::array();
    const std::size_t asked = arguments.selection.asks() ? 0 : arguments.limit;
    for (const Entity& entity : selected(client.query(arguments.type, arguments.words, asked),
                                         arguments.selection, arguments.limit)) {
        Json row = Json::object();
        for (const auto& [name, value] : entity.items()) {
            if (!value.is_null()) {
                row[name] = value;
            }
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

/// One operation for each entity; a list is answered with a list.
Json for_each_of_stdin(ManagementClient& client, const ManageArguments& arguments) {
    const std::string text{std::istreambuf_iterator<char>{std::cin}, {}};
    const Json input = parse_json("--stdin", text);
    if (!input.is_array()) {
        return client.call(entity_request(arguments, input));
    }
    Json answers = Json::array();
    for (const Json& entity : input) {
        answers.push_back(client.call(entity_request(arguments, entity)));
    }
    return answers;
}

Json call_once(ManagementClient& client, const ManageArguments& arguments) {
    Json schema;
    if (needs_schema(arguments)) {
        try {
            schema = client.ask("GET-SCHEMA");
        } catch (const StatusFailure&) {
            // Without a schema the guesses stand; the router judges them.
        }
    }
    return client.call(manage_request(arguments, schema));
}

/// The answer to DELETE is an empty map and not printed; text is printed without quotes.
void print_answer(const std::string& verb, const Json& answer, int indent) {
    if (verb == "DELETE") {
        return;
    }
    std::cout << (answer.is_string() ? answer.get<std::string>() : json_text(answer, indent))
              << std::endl;
    if (!std::cout) {
        throw Failure("cannot write to standard output");
    }
}

}  // namespace

int run_manage(Arguments words) {
    CommandLine line = manage_line();
    if (!line.parse(words)) {
        return 0;
    }
    const ManageArguments arguments = read_arguments(line);
    const std::string verb = canonical_verb(arguments.verb);
    const std::string address = management_address(line);
    ManagementClient client(connection_options(line), address);
    const Json answer = verb == "QUERY"     ? query(client, arguments)
                        : line.has("stdin") ? for_each_of_stdin(client, arguments)
                                            : call_once(client, arguments);
    print_answer(verb, answer, line.get<int>("indent"));
    client.close();
    return 0;
}

}  // namespace weft::tools
