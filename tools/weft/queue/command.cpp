#include "common/base/printable.hpp"
#include "tools/weft/commands.hpp"
#include "tools/weft/failure.hpp"
#include "tools/weft/management/flags.hpp"
#include "tools/weft/messages/message_json.hpp"
#include "tools/weft/queue/find.hpp"
#include "tools/weft/queue/left.hpp"
#include "tools/weft/queue/options.hpp"
#include "tools/weft/tables/numbers.hpp"
#include "tools/weft/tables/report.hpp"

#include <proton/codec/decoder.hpp>
#include <proton/message.hpp>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

namespace weft::tools {
namespace {

constexpr std::uint64_t kPeeked = 10;
constexpr std::uint64_t kPiece = 1000;  // messages that one request takes
constexpr std::uint64_t kPage = 100;    // that one request shows
constexpr std::size_t kBodyShown = 60;  // characters of a body in the table

/// Null: it is too large to be told, or no message.
Json decoded(const Json& shown) {
    if (!shown.contains("message")) {
        return {};
    }
    const std::string bytes = bytes_of(shown["message"]);
    proton::message message;
    try {
        message.decode({bytes.begin(), bytes.end()});
    } catch (const std::exception&) {
        return {};
    }
    return message_json(message);
}

std::string body_shown(const Entity& message) {
    const Json content = message.value("message", Json{});
    if (content.is_null()) {
        return "(not shown)";
    }
    const Json body = content.value("body", Json{});
    std::string text = body.is_string() ? body.get<std::string>() : json_text(body, -1);
    if (text.size() > kBodyShown) {
        std::size_t end = kBodyShown;
        while (end > 0 && (text[end] & '\xC0') == '\x80') {
            --end;  // not within a character
        }
        text.resize(end);
        text += "…";
    }
    return text;
}

std::string property_shown(const Entity& message, const char* name) {
    const Json content = message.value("message", Json{});
    const Json properties = content.is_object() ? content.value("properties", Json{}) : Json{};
    return properties.is_object() ? text_of(properties, name) : std::string{};
}

std::string died_in(const Entity& message) {
    const std::string origin = text_of(message, "origin");
    return origin.empty() ? "" : origin + " (" + text_of(message, "reason") + ")";
}

void print_messages(const std::vector<Entity>& messages, const QueueArguments& arguments) {
    if (arguments.json) {
        std::cout << json_text(Json(messages), 2) << '\n';
        return;
    }
    if (messages.empty()) {
        std::cout << "No messages\n";
        return;
    }
    Report report;
    report.parts.emplace_back(make_table(
        "Messages of " + arguments.queue, messages,
        {plain("id", "id"),
         plain("bytes", "bytes"),
         plain("failed", "failures"),
         {"died in", died_in},
         {"message-id", [](const Entity& each) { return property_shown(each, "message-id"); }},
         {"subject", [](const Entity& each) { return property_shown(each, "subject"); }},
         {"body", body_shown}}));
    print(report, /*csv=*/false, std::cout);
}

void peek(ManagementClient& broker, const QueueArguments& arguments) {
    std::vector<Entity> messages;
    std::uint64_t wanted = arguments.count.value_or(kPeeked);
    for (std::uint64_t from = arguments.from; wanted > 0;) {
        const Json answer = broker.call(queue_request(arguments, from, std::min(wanted, kPage)));
        for (const Json& shown : answer["messages"]) {
            Entity message = shown;
            message["message"] = decoded(shown);
            messages.push_back(std::move(message));
            --wanted;
        }
        const Json next = answer.value("next", Json{});
        if (!next.is_number()) {
            break;
        }
        from = next.get<std::uint64_t>();
    }
    print_messages(messages, arguments);
}

/// Throws Failure unless that is meant.
void confirm(ManagementClient& broker, const QueueArguments& arguments) {
    if (arguments.yes) {
        return;
    }
    Request read = queue_request({.verb = "read", .queue = arguments.queue}, 0, 0);
    const Entity queue = broker.call(read);
    const std::string what = arguments.verb + " queue '" + arguments.queue + "', which has " +
                             with_commas(number_of(queue, "messages")) + " messages";
    if (::isatty(STDIN_FILENO) == 0) {
        throw Failure("this would " + what + ": give --yes to do it");
    }
    std::cerr << printable("Really " + what + "? [y/N] ") << std::flush;
    std::string answer;
    std::getline(std::cin, answer);
    if (answer != "y" && answer != "yes") {
        throw Failure("nothing is changed");
    }
}

/// What requests for pieces took, all together.
struct Taken {
    std::uint64_t messages = 0;
    std::uint64_t bytes = 0;
    std::string stopped{};
    std::string missing{};
    Left left{};
};

Taken take_out(ManagementClient& broker, const QueueArguments& arguments) {
    const bool replays = arguments.verb == "replay";
    std::uint64_t from = 1;
    Taken taken;
    for (bool more = true; more;) {
        const std::uint64_t left = arguments.count ? *arguments.count - taken.messages : kPiece;
        const Json answer = broker.call(
            queue_request(arguments, from, arguments.ids.empty() ? std::min(left, kPiece) : 0));
        const auto messages = static_cast<std::uint64_t>(number_of(answer, "messages"));
        taken.messages += messages;
        taken.bytes += static_cast<std::uint64_t>(number_of(answer, "bytes"));
        taken.stopped = text_of(answer, "stopped");
        taken.missing = text_of(answer, "missing");
        more = is_set(answer, "more") && taken.stopped.empty() && arguments.ids.empty() &&
               taken.messages != arguments.count;
        bool came_on = messages > 0;
        if (replays) {
            add_left(taken.left, answer);
        }
        if (replays && more) {  // what stays is not looked at again
            const auto next = static_cast<std::uint64_t>(number_of(answer, "next"));
            came_on = std::exchange(from, next) < next;
        }
        if (more && !came_on) {
            taken.stopped = "the broker is too busy; try again";
            more = false;
        }
    }
    return taken;
}

void print_taken(const Taken& taken, const QueueArguments& arguments) {
    if (arguments.json) {
        Json result{{"messages", taken.messages}, {"bytes", taken.bytes}};
        if (!taken.stopped.empty()) {
            result["stopped"] = taken.stopped;
        }
        if (!taken.missing.empty()) {
            result["missing"] = taken.missing;
        }
        if (arguments.verb == "replay") {
            result.update(left_json(taken.left));
        }
        std::cout << json_text(result, 2) << '\n';
    } else {
        std::cout << (arguments.verb == "purge"  ? "Removed "
                      : arguments.verb == "move" ? "Moved "
                                                 : "Replayed ")
                  << with_commas(static_cast<std::int64_t>(taken.messages)) << " messages, "
                  << byte_size(static_cast<std::int64_t>(taken.bytes)) << '\n';
    }
    if (!taken.stopped.empty()) {
        throw Failure("it stopped: " + taken.stopped);
    }
    std::string words;
    if (!taken.missing.empty()) {
        words = "these are not there, or consumers have them: " + taken.missing;
    }
    if (const std::string left = left_words(taken.left); !left.empty()) {
        words += (words.empty() ? "" : "; ") + ("these stay where they are: " + left) +
                 "; 'weft queue peek' shows where each died, and 'weft queue move' takes them "
                 "elsewhere";
    }
    if (!words.empty()) {
        throw Failure(words);
    }
}

void change(ManagementClient& broker, const QueueArguments& arguments) {
    const Json entity = broker.call(queue_request(arguments, 0, 0));
    if (arguments.json) {
        std::cout << json_text(entity, 2) << '\n';
    } else {
        std::cout << (arguments.verb == "create" ? "Made" : "Changed") << " queue '"
                  << printable(arguments.queue) << "'\n";
    }
}

void run(ManagementClient& broker, const QueueArguments& arguments) {
    if (arguments.verb == "peek") {
        peek(broker, arguments);
    } else if (arguments.verb == "create" || arguments.verb == "update") {
        change(broker, arguments);
    } else if (arguments.verb == "delete") {
        confirm(broker, arguments);
        broker.call(queue_request(arguments, 0, 0));
        std::cout << "Deleted queue '" << printable(arguments.queue) << "'\n";
    } else {
        if (arguments.verb == "purge") {
            confirm(broker, arguments);
        }
        print_taken(take_out(broker, arguments), arguments);
    }
}

}  // namespace

int run_queue(Arguments words) {
    CommandLine line = queue_line();
    if (!line.parse(words)) {
        return 0;
    }
    const QueueArguments arguments = queue_arguments(line);
    const auto broker =
        find_broker(connection_options(line), management_address(line), arguments.queue);
    run(*broker, arguments);
    if (!std::cout.flush()) {
        throw Failure("cannot write to standard output");
    }
    broker->close();
    return 0;
}

}  // namespace weft::tools
