#include "tools/weft/commands.hpp"
#include "tools/weft/connection/connection.hpp"
#include "tools/weft/connection/interrupt.hpp"
#include "tools/weft/failure.hpp"
#include "tools/weft/messages/filters.hpp"
#include "tools/weft/messages/message_json.hpp"

#include <proton/delivery.hpp>
#include <proton/message.hpp>
#include <proton/receiver.hpp>
#include <proton/receiver_options.hpp>
#include <proton/source.hpp>
#include <proton/source_options.hpp>

#include <algorithm>
#include <iostream>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace weft::tools {
namespace {

namespace po = boost::program_options;

/// Messages the router may have on their way to us.
constexpr std::uint64_t kCreditWindow = 500;

struct RecvSettings {
    std::string address;
    std::uint64_t count = std::numeric_limits<std::uint64_t>::max();
    std::optional<std::string> selector{};
    std::vector<std::string> last{};  // keys of which the message is wanted; empty: all messages
    bool browse = false;
    bool json = false;
};

}  // namespace

CommandLine recv_line() {
    CommandLine line(
        "recv ADDRESS [FLAGS]",
        "Receives messages and prints the body of each on a line: text as it is, binary that is\n"
        "not UTF-8 as hexadecimal, other values as JSON. Exit status 0 once --count messages have\n"
        "come; without --count it runs until Ctrl-C. --last asks once: status 0 if each KEY had a\n"
        "message. A KEY that is a plain whole number, true or false is one, else it is a string.",
        {"weft recv greetings --count 1", "weft recv orders --json | jq .body",
         "weft recv orders --filter \"region = 'eu'\" --browse",
         "weft recv prices --last gold --last silver   # a queue with a lastValueKey",
         "weft recv events --count 10 --timeout 30   # fail if silent for 30 s"});
    line.group("Messages")
        .add_options()                                                                  //
        ("count", po::value<std::uint64_t>()->value_name("N"), "End after N messages")  //
        ("json", "One JSON object a line, with all sections of the message")            //
        ("filter", po::value<std::string>()->value_name("SELECTOR"),
         "Only messages that a JMS selector matches")  //
        ("last", po::value<std::vector<std::string>>()->composing()->value_name("KEY"),
         "Copy the message of that value of the queue's lastValueKey, if there is one; may be "
         "repeated")  //
        ("browse", "Copy the messages, leave them in the queue");
    add_connection_flags(line,
                         "Give up after so long without a message; default: never, but 5 "
                         "with --last");
    return line;
}

namespace {

RecvSettings read_settings(const CommandLine& line) {
    if (line.words().size() != 1) {
        throw Failure("give one ADDRESS; see 'weft recv --help'");
    }
    RecvSettings settings{.address = line.words().front()};
    if (line.has("count")) {
        settings.count = line.get<std::uint64_t>("count");
    }
    if (line.has("filter")) {
        settings.selector = line.get<std::string>("filter");
    }
    if (line.has("last")) {
        settings.last = line.get<std::vector<std::string>>("last");
        settings.count = settings.last.size();
    }
    if (line.has("last") && line.has("count")) {
        throw Failure("--last asks for one message of each KEY; leave --count out");
    }
    if (settings.last.size() > kLastValuesMax) {
        throw Failure("at most " + std::to_string(kLastValuesMax) + " keys at once (--last)");
    }
    settings.browse = line.has("browse") || line.has("last");
    settings.json = line.has("json");
    return settings;
}

/// Prints what comes and keeps the credit window open, but never for more than is wanted.
class Printer final : public Handler {
public:
    explicit Printer(const RecvSettings& settings) : settings_{settings} {}

    std::uint64_t received() const { return received_; }
    bool complete() const { return received_ == settings_.count; }
    /// Nothing more comes.
    bool over() const { return complete() || drained_; }

    /// From here on messages go back to the router instead of being printed.
    void stop() { stopped_ = true; }

    void on_receiver_open(proton::receiver& receiver) override {
        const proton::source source = receiver.source();
        if (source.address().empty()) {
            return;  // it is refused: the detach that follows says why
        }
        const bool keyed = !settings_.last.empty();
        if (source.address().empty()) {
            return;  // refused: the link's end says why
        }
        if (keyed && !source.filters().exists(kLastValuesKey)) {
            note_fault(settings_.address + " has no last values to ask for; leave --last out");
        } else if (settings_.selector && !source.filters().exists(kSelectorKey)) {
            note_fault("the router does not filter on " + settings_.address +
                       "; leave --filter out");
        } else if (settings_.browse && source.distribution_mode() != proton::source::COPY) {
            note_fault("the router cannot browse " + settings_.address + "; leave --browse out");
        } else {
            extend_credit(receiver);
            if (keyed) {
                receiver.drain();
            }
        }
    }

    void on_receiver_drain_finish(proton::receiver& /*receiver*/) override { drained_ = true; }

    void on_message(proton::delivery& delivery, proton::message& message) override {
        if (stopped_ || complete()) {
            delivery.release();
            return;
        }
        std::cout << (settings_.json ? json_text(message_json(message), -1) : body_text(message))
                  << std::endl;
        if (!std::cout) {
            delivery.release();
            note_fault("cannot write to standard output");
            return;
        }
        delivery.accept();
        ++received_;
        proton::receiver receiver = delivery.receiver();
        extend_credit(receiver);
    }

private:
    void extend_credit(proton::receiver& receiver) {
        const std::uint64_t outstanding = granted_ - received_;
        const std::uint64_t wanted = std::min(kCreditWindow, settings_.count - received_);
        if (wanted > outstanding && (outstanding == 0 || outstanding <= kCreditWindow / 2)) {
            receiver.add_credit(static_cast<std::uint32_t>(wanted - outstanding));
            granted_ = received_ + wanted;
        }
    }

    const RecvSettings& settings_;
    std::uint64_t received_ = 0;
    std::uint64_t granted_ = 0;
    bool stopped_ = false;
    bool drained_ = false;
};

void open_receiver(Connection& connection, const RecvSettings& settings) {
    proton::source_options source;
    proton::source::filter_map filters;
    if (settings.selector) {
        add_selector(filters, *settings.selector);
    }
    if (!settings.last.empty()) {
        add_last_values(filters, settings.last);
    }
    if (!filters.empty()) {
        source.filters(filters);
    }
    if (settings.browse) {
        source.distribution_mode(proton::source::COPY);
    }
    connection.amqp().open_receiver(
        settings.address,
        proton::receiver_options().source(source).credit_window(0).auto_accept(false));
}

/// False: no message came for `patience`.
bool receive(Connection& connection,
             const Printer& printer,
             std::optional<std::chrono::milliseconds> patience) {
    const auto deadline = [patience] {
        return patience ? std::chrono::steady_clock::now() + *patience : SteadyTime::max();
    };
    SteadyTime late = deadline();
    while (!printer.over() && !Interrupt::raised()) {
        const std::uint64_t before = printer.received();
        if (connection.step(late) == Wake::late) {
            return false;
        }
        if (printer.received() != before) {
            late = deadline();
        }
    }
    return true;
}

}  // namespace

int run_recv(Arguments arguments) {
    CommandLine line = recv_line();
    if (!line.parse(arguments)) {
        return 0;
    }
    const RecvSettings settings = read_settings(line);
    const ConnectionOptions options = connection_options(line);
    Printer printer(settings);
    Connection connection(options, printer);
    const Interrupt interrupt;
    open_receiver(connection, settings);
    const std::optional<std::chrono::milliseconds> patience =
        line.has("timeout") || line.has("last") ? std::optional{options.timeout} : std::nullopt;
    const bool in_time = receive(connection, printer, patience);
    printer.stop();
    connection.close();
    if (line.has("last") && printer.over() && !printer.complete()) {
        throw Failure(std::to_string(printer.received()) + " of " + std::to_string(settings.count) +
                      " keys have a message");
    }
    const bool counted = line.has("count") || line.has("last");
    if (counted && !in_time) {
        throw Failure("only " + std::to_string(printer.received()) + " of " +
                      std::to_string(settings.count) + " messages came before --timeout");
    }
    return counted && !printer.complete() ? 1 : 0;
}

}  // namespace weft::tools
