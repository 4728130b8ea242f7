#include "tools/weft/why/print.hpp"

#include <algorithm>
#include <cstdint>

namespace weft::tools {
namespace {

void print_line(const char* head, const std::string& text, std::ostream& out) {
    std::string name{head};
    name.resize(12, ' ');
    out << "  " << name << text << '\n';
}

/// "C7 billing@127.0.0.1:40112"
std::string peer_of(const Json& row) {
    std::string text = "C" + std::to_string(count_at(row, "connection"));
    if (const std::string container = text_at(row, "container"); !container.empty()) {
        text += " " + container;
    }
    if (const std::string host = text_at(row, "host"); !host.empty()) {
        text += "@" + host;
    }
    return text;
}

void print_rest(std::size_t count, std::size_t shown, std::ostream& out) {
    if (count > shown) {
        out << "    … and " << count - shown << " more\n";
    }
}

std::string rule_text(const Json& answer) {
    const std::string pattern = text_at(answer, "pattern");
    const std::string name = text_at(answer, "rule");
    const std::string distribution = text_at(answer, "distribution");
    const std::string by_rule = text_at(answer, "ruleDistribution");  // not told by older routers
    const bool differs = !by_rule.empty() && by_rule != distribution;
    const std::string now =
        differs ? "; but " + distribution + ", as before, until all who use it have detached" : "";
    const std::string& said = differs ? by_rule : distribution;
    if (pattern.empty()) {
        return "none matches; " + said + " by default" + now;
    }
    return "'" + pattern + "'" + (name.empty() ? "" : " (" + name + ")") + ": " + said + now;
}

std::string credit_text(const Json& consumer) {
    const std::size_t credit = count_at(consumer, "credit");
    return credit == UINT32_MAX ? "any" : std::to_string(credit);
}

/// How many the router did not look at.
std::string left_out(const Hop& hop, const char* count) {
    const std::size_t rest = count_at(hop.answer, count);
    return rest == 0 ? std::string{} : "; and " + std::to_string(rest) + " not looked at";
}

/// "b1: at router-c" and the state of the links here.
void print_storage(const Json& storage, std::ostream& out) {
    const Json& brokers = list_at(storage, "brokers");
    print_line("kept",
               "as a " + text_at(storage, "type") + " by " +
                   (brokers.empty()                       ? "whoever claims it (qd.waypoint)"
                    : storage.value("passesLinks", false) ? "a broker, to which all links are "
                                                            "passed on:"
                                                          : "brokers:"),
               out);
    for (const Json& broker : brokers) {
        out << "    " << text_at(broker, "broker");
        const Json& routers = list_at(broker, "routers");
        out << (routers.empty() ? ": connected to no router" : ": connected to");
        for (const Json& router : routers) {
            out << ' ' << router.get<std::string>();
        }
        for (const Json& link : list_at(broker, "links")) {
            const std::string error = text_at(link, "lastError");
            out << "; " << text_at(link, "direction") << ' ' << text_at(link, "operStatus")
                << (error.empty() ? "" : " (" + error + ")");
        }
        out << '\n';
    }
}

void print_consumers(const Hop& hop, std::ostream& out) {
    std::string tally;
    for (const char* standing :
         {"eligible", "attaching", "stalled", "no-credit", "connection-full", "busy"}) {
        if (const std::size_t count = consumers_at(hop, standing); count > 0) {
            tally += (tally.empty() ? ": " : ", ") + std::to_string(count) + " " + standing;
        }
    }
    print_line("receivers",
               std::to_string(consumers_at(hop)) + tally + left_out(hop, "consumersLeftOut"), out);
    const bool chosen = decision_at(hop) == "consumer";
    const std::size_t link = chosen ? count_at(hop.answer["decision"], "link") : 0;
    std::size_t shown = 0;
    for (const Json& each : list_at(hop.answer, "consumers")) {
        const bool next = chosen && count_at(each, "link") == link;
        if (shown >= kWhyRowsMax && !next) {
            continue;
        }
        ++shown;
        const Json* exchange = exchange_at(hop);
        const bool distributes =
            exchange != nullptr && count_at(*exchange, "link") == count_at(each, "link");
        out << "    L" << count_at(each, "link") << " "
            << (each.value("inProcess", false) ? "this router"
                : distributes                  ? "exchange " + text_at(*exchange, "name")
                                               : peer_of(each))
            << ": credit " << credit_text(each) << ", in flight " << count_at(each, "outstanding")
            << ", " << text_at(each, "standing") << (next ? "   <- next" : "") << '\n';
    }
    print_rest(consumers_at(hop), shown, out);
}

/// Subscriptions with wildcards that get what enters the mesh here.
void print_wildcards(const Hop& hop, std::ostream& out) {
    const std::size_t count = count_at(hop.answer, "wildcardCount");
    if (count == 0) {
        return;
    }
    print_line("wildcards", std::to_string(count), out);
    std::size_t shown = 0;
    for (const Json& name : list_at(hop.answer, "wildcards")) {
        if (shown < kWhyRowsMax) {
            ++shown;
            out << "    " << name.get<std::string>() << '\n';
        }
    }
    print_rest(count, shown, out);
}

void print_routes(const Hop& hop, std::ostream& out) {
    const Json& routes = list_at(hop.answer, "routes");
    print_line("ways", std::to_string(routes.size()), out);
    const std::vector<std::string> next = next_routers(hop);
    for (std::size_t i = 0; i < std::min(routes.size(), kWhyRowsMax); ++i) {
        const Json& route = routes[i];
        const std::string router = text_at(route, "router");
        out << "    to " << router << " C" << count_at(route, "connection") << ": "
            << (route.value("allowed", false) ? "cost " + std::to_string(count_at(route, "cost"))
                                              : "not for messages from this origin")
            << ", in flight " << count_at(route, "outstanding") << ", for";
        for (const Json& destination : list_at(route, "destinations")) {
            out << ' ' << text_at(destination, "router") << " (" << count_at(destination, "cost")
                << ')';
        }
        out << (std::ranges::count(next, router) > 0 ? "   <- next" : "") << '\n';
    }
    print_rest(routes.size(), kWhyRowsMax, out);
    for (const Json& router : list_at(hop.answer, "unreachable")) {
        out << "    to " << router.get<std::string>() << ": receivers there, but no path\n";
    }
}

void print_hop_of(const Json& hop, const std::string& why, std::ostream& out) {
    out << "    to " << text_at(hop, "address") << " (phase " << count_at(hop, "phase")
        << "): " << why
        << (!hop.value("reachable", false) ? "; nobody receives there"
            : hop.value("stalled", false)  ? "; stalled: nothing moved for 10 s"
                                           : "")
        << '\n';
}

void print_exchange(const Json& exchange, std::ostream& out) {
    const std::string subject = text_at(exchange, "subject");
    print_line("exchange",
               text_at(exchange, "name") + " (" + text_at(exchange, "matchMethod") +
                   "): " + std::to_string(count_at(exchange, "bindings")) + " bindings" +
                   (subject.empty() ? "; --subject says which match"
                                    : ", " + std::to_string(count_at(exchange, "matching")) +
                                          " match " + subject),
               out);
    const Json& hops = list_at(exchange, "nextHops");
    for (std::size_t i = 0; i < std::min(hops.size(), kWhyRowsMax); ++i) {
        std::string keys = "by";
        for (const Json& key : list_at(hops[i], "keys")) {
            keys += " " + key.get<std::string>();
        }
        print_hop_of(hops[i], keys, out);
    }
    print_rest(hops.size(), kWhyRowsMax, out);
    if (const auto alternate = exchange.find("alternate");
        alternate != exchange.end() && alternate->is_object()) {
        print_hop_of(*alternate, "what goes nowhere else", out);
    }
}

void print_producers(const Hop& hop, std::ostream& out) {
    const std::size_t count = count_at(hop.answer, "producerCount");
    const Json& producers = list_at(hop.answer, "producers");
    print_line("senders", std::to_string(count) + left_out(hop, "producersLeftOut"), out);
    for (std::size_t i = 0; i < std::min(producers.size(), kWhyRowsMax); ++i) {
        const std::string reason = text_at(producers[i], "blockedReason");
        out << "    L" << count_at(producers[i], "link") << " " << peer_of(producers[i])
            << ": in flight " << count_at(producers[i], "outstanding") << " of "
            << count_at(producers[i], "capacity") << (reason.empty() ? "" : "; " + reason) << '\n';
    }
    print_rest(count, kWhyRowsMax, out);
}

}  // namespace

void print_hop(const Hop& hop, bool first, std::ostream& out) {
    out << "Router " << hop.router << (first ? "  (the message enters here)" : "") << '\n';
    if (hop.answer.is_null()) {
        print_line("answer", hop.failure, out);
        return;
    }
    print_line("address",
               text_at(hop.answer, "address") + "  (key " + text_at(hop.answer, "key") + ")", out);
    if (const std::string missing = text_at(hop.answer, "incomplete"); !missing.empty()) {
        print_line("incomplete", missing, out);
    }
    print_line("rule", rule_text(hop.answer), out);
    if (const auto storage = hop.answer.find("storage");
        storage != hop.answer.end() && storage->is_object()) {
        print_storage(*storage, out);
    }
    for (const Json& route : list_at(hop.answer, "linkRoutes")) {
        std::string who = std::to_string(count_at(route, "containers")) + " here";
        for (const Json& router : list_at(route, "routers")) {
            who += ", at " + router.get<std::string>();
        }
        if (goes_past_brokers(hop, route)) {
            who += "; past the brokers that keep the address";
        }
        print_line(
            "link route",
            text_at(route, "direction") + " (key " + text_at(route, "key") + "): containers " + who,
            out);
    }
    if (const Json* exchange = exchange_at(hop)) {
        print_exchange(*exchange, out);
    }
    print_consumers(hop, out);
    print_wildcards(hop, out);
    print_routes(hop, out);
    print_producers(hop, out);
    if (const std::size_t waiting = count_at(hop.answer, "waiting"); waiting > 0) {
        print_line("waiting", std::to_string(waiting), out);
    }
    print_line("decision", decision_at(hop), out);
}

}  // namespace weft::tools
