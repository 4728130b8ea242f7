#include "tools/weft/commands.hpp"
#include "tools/weft/connection/connection.hpp"
#include "tools/weft/connection/interrupt.hpp"
#include "tools/weft/failure.hpp"
#include "tools/weft/messages/bodies.hpp"
#include "tools/weft/messages/outcomes.hpp"
#include "tools/weft/values/attribute_argument.hpp"
#include "tools/weft/values/value_json.hpp"

#include <proton/duration.hpp>
#include <proton/message.hpp>
#include <proton/sender.hpp>
#include <proton/tracker.hpp>

#include <iostream>
#include <string>
#include <utility>
#include <vector>

namespace weft::tools {
namespace {

namespace po = boost::program_options;

}  // namespace

CommandLine send_line() {
    CommandLine line(
        "send ADDRESS [BODY…] [FLAGS]",
        "Sends one message a BODY, or one a line of standard input, and prints how many were\n"
        "accepted. Exit status 0 only if all were. A K=V of --property whose V is a plain whole\n"
        "number, true or false is sent as such, else as a string.",
        {"weft send greetings hello world",
         "weft send orders --durable --ttl 60 --property region=eu '{\"id\": 7}'",
         "weft send load x --count 100000", "tail -f app.log | weft send logs"});
    line.group("Message").add_options()  //
        ("count", po::value<std::uint64_t>()->value_name("N"),
         "Send each BODY or line N times (1)")("ttl", po::value<double>()->value_name("SECONDS"),
                                               "Time to live")  //
        ("durable", "Ask for storage that survives a restart")  //
        ("property", po::value<std::vector<std::string>>()->composing()->value_name("K=V"),
         "An application property; may be repeated")  //
        ("subject", po::value<std::string>()->value_name("TEXT"), "The subject property");
    add_connection_flags(line, "How long to wait for credit and for outcomes (5)");
    return line;
}

namespace {

proton::message message_template(const CommandLine& line) {
    proton::message message;
    message.durable(line.has("durable"));
    if (line.has("ttl")) {
        const auto ttl = parse_seconds("--ttl", line.get<double>("ttl"));
        message.ttl(proton::duration(ttl.count()));
    }
    if (line.has("subject")) {
        message.subject(line.get<std::string>("subject"));
    }
    if (line.has("property")) {
        for (const auto& argument : line.get<std::vector<std::string>>("property")) {
            const AttributeArgument property = parse_attribute(argument);
            message.properties().put(property.name, to_scalar(property.name, property.value));
        }
    }
    return message;
}

/// Counts the outcomes of one sender's messages.
class OutcomeCounter final : public Handler {
public:
    Outcomes outcomes;

    void on_tracker_accept(proton::tracker& /*tracker*/) override { ++outcomes.accepted; }
    void on_tracker_reject(proton::tracker& /*tracker*/) override { ++outcomes.rejected; }
    void on_tracker_release(proton::tracker& tracker) override {
        ++(tracker.state() == proton::transfer::MODIFIED ? outcomes.modified : outcomes.released);
    }
    void on_tracker_settle(proton::tracker& tracker) override {
        if (tracker.state() == proton::transfer::NONE) {
            ++outcomes.unknown;
        }
    }
};

/// Sends what `bodies` has as credit comes and waits for the outcomes.
class Sending {
public:
    Sending(Connection& connection,
            OutcomeCounter& counter,
            Bodies& bodies,
            proton::message message,
            const std::string& address)
        : connection_{connection},
          counter_{counter},
          bodies_{bodies},
          message_{std::move(message)},
          address_{address},
          sender_{connection.amqp().open_sender(address)} {}

    void run() {
        SteadyTime late = connection_.deadline();
        while (!Interrupt::raised()) {
            const Outcomes before = counter_.outcomes;
            const bool starved = send_all();
            if (bodies_.exhausted() && !starved && counter_.outcomes.unsettled() == 0) {
                return;
            }
            const bool waits_for_peer = starved || counter_.outcomes.unsettled() != 0;
            const Wake wake = connection_.step(waits_for_peer ? late : SteadyTime::max(),
                                               starved ? -1 : bodies_.descriptor());
            if (wake == Wake::late) {
                give_up(starved);
            }
            if (wake == Wake::input) {
                bodies_.read();
            }
            if (!waits_for_peer || counter_.outcomes != before) {
                late = connection_.deadline();
            }
        }
        throw Failure("interrupted");
    }

private:
    /// Sends while there is credit. True: there is a body but no credit for it.
    bool send_all() {
        while (!held_ || sender_.credit() > 0) {
            if (!held_) {
                held_ = bodies_.next();
                if (held_ == nullptr) {
                    return false;
                }
                message_.body(*held_);
                continue;
            }
            sender_.send(message_);
            held_ = nullptr;
            ++counter_.outcomes.sent;
        }
        return true;
    }

    [[noreturn]] void give_up(bool starved) const {
        if (starved && counter_.outcomes.unsettled() > 0) {
            throw Failure("no credit: receivers of " + address_ + " have not settled " +
                          std::to_string(counter_.outcomes.unsettled()) +
                          " messages; see 'weft why " + address_ +
                          "', or wait longer with --timeout");
        }
        if (starved) {
            throw Failure("no credit: nobody receives from " + address_ +
                          "; start a receiver (weft recv " + address_ +
                          ") or wait longer with --timeout");
        }
        throw Failure("the outcomes of " + std::to_string(counter_.outcomes.unsettled()) +
                      " messages did not come in time; a longer --timeout may help");
    }

    Connection& connection_;
    OutcomeCounter& counter_;
    Bodies& bodies_;
    proton::message message_;
    const std::string& address_;
    proton::sender sender_;
    const std::string* held_ = nullptr;  // encoded in message_, waits for credit
};

}  // namespace

int run_send(Arguments arguments) {
    CommandLine line = send_line();
    if (!line.parse(arguments)) {
        return 0;
    }
    if (line.words().empty()) {
        throw Failure("to which address? See 'weft send --help'");
    }
    const std::string& address = line.words().front();
    const std::uint64_t copies = line.has("count") ? line.get<std::uint64_t>("count") : 1;
    Bodies bodies({line.words().begin() + 1, line.words().end()}, copies);
    const proton::message message = message_template(line);

    OutcomeCounter counter;
    Connection connection(connection_options(line), counter);
    const Interrupt interrupt;
    try {
        Sending(connection, counter, bodies, message, address).run();
    } catch (const Failure&) {
        std::cout << counter.outcomes.text() << std::endl;
        throw;
    }
    std::cout << counter.outcomes.text() << std::endl;
    connection.close();
    if (counter.outcomes.accepted != counter.outcomes.sent) {
        throw Failure("not every message was accepted");
    }
    return 0;
}

}  // namespace weft::tools
