#include "tools/weft/why/verdict.hpp"

#include <algorithm>

namespace weft::tools {
namespace {

std::string counted(std::size_t count, const std::string& noun) {
    return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string joined(const Json& names) {
    std::string text;
    for (const Json& name : names) {
        text += (text.empty() ? "" : ", ") + name.get<std::string>();
    }
    return text;
}

std::string at_router(const Hop& hop) {
    return "at router " + hop.router;
}

std::string rule_of(const Hop& hop) {
    const std::string pattern = text_at(hop.answer, "pattern");
    const std::string name = text_at(hop.answer, "rule");
    if (pattern.empty()) {
        return "the router's defaultDistribution";
    }
    return "the rule '" + pattern + "'" + (name.empty() ? "" : " (" + name + ")");
}

/// "link 12, connection 3 (billing)" of the consumer that is chosen.
std::string consumer_of(const Hop& hop) {
    const Json& decision = hop.answer["decision"];
    const std::size_t link = count_at(decision, "link");
    std::string text = "link " + std::to_string(link) + ", connection " +
                       std::to_string(count_at(decision, "connection"));
    for (const Json& consumer : list_at(hop.answer, "consumers")) {
        if (count_at(consumer, "link") == link && !text_at(consumer, "container").empty()) {
            text += " (" + text_at(consumer, "container") + ")";
        }
    }
    return text;
}

Verdict unanswered(const Hop& hop) {
    if (hop.refused) {
        return {.text = "Messages go on to router " + hop.router +
                        ", which can't say what it does with them: it is no Weft router",
                .remedy = "look there with 'weft stat -a -r " + hop.router +
                          "' and 'weft stat -l -r " + hop.router + "'"};
    }
    return {.text = "Messages go on to router " + hop.router + ", which does not answer" +
                    (hop.failure.empty() ? "" : ": " + hop.failure),
            .remedy = "see whether it runs, and its log; 'weft stat -n -v' shows who is reachable"};
}

Verdict unavailable(const std::string& address, const Hop& hop) {
    const std::string pattern = text_at(hop.answer, "pattern");
    const std::string how = " --distribution balanced -r " + hop.router;
    return {.text = "The address " + address + " is unavailable " + at_router(hop) + " by " +
                    rule_of(hop) + ": links to it are refused",
            .remedy = pattern.empty()
                          ? "use another address, or give it a distribution: weft address create " +
                                address + " --scope node" + how
                          : "use another address, or change that rule, in its file or with: weft "
                            "address update '" +
                                pattern + "'" + how};
}

/// The brokers of an address that brokers keep; empty: it is none.
std::string brokers_of(const Hop& hop) {
    const auto storage = hop.answer.find("storage");
    std::string ids;
    if (storage != hop.answer.end() && storage->is_object()) {
        for (const Json& broker : list_at(*storage, "brokers")) {
            ids += (ids.empty() ? "" : ", ") + text_at(broker, "broker");
        }
    }
    return ids;
}

Verdict nobody(const std::string& address, const Hop& hop, bool first) {
    const Json& unreachable = list_at(hop.answer, "unreachable");
    if (!unreachable.empty()) {
        return {.text = "Receivers of " + address + " are at " + joined(unreachable) +
                        ", to which router " + hop.router + " has no path: the mesh is parted",
                .remedy = "restart the router or mend the link; 'weft stat -n -v -r " + hop.router +
                          "' shows who is reachable"};
    }
    const std::string key = text_at(hop.answer, "key");
    if (key.starts_with('R')) {
        return {.text = "Router " + key.substr(1) + " can't be reached from router " + hop.router,
                .remedy =
                    "'weft stat -n' lists the routers of the mesh; check the name, and "
                    "whether it runs"};
    }
    if (!first) {
        return {.text = "Router " + hop.router +
                        " got it from a neighbour, but nobody there "
                        "receives from " +
                        address + " any more",
                .remedy = "ask again: routers tell each other of such a change within a second"};
    }
    if (const std::string brokers = brokers_of(hop); !brokers.empty()) {
        return {.text = "The messages of " + address + " are kept by " + brokers +
                        ", which no router has a link to: senders get no credit",
                .remedy =
                    "connect the broker to a listener or connector with the role "
                    "route-container; 'weft stat --autolinks' at its router says why a link "
                    "failed"};
    }
    const Json& lost = list_at(hop.answer, "lostRouters");
    if (!lost.empty()) {
        return {.text = "Nobody receives from " + address + " where router " + hop.router +
                        " can reach; it has lost the way to " + joined(lost) +
                        ", and receivers may be there",
                .remedy =
                    "mend the way: 'weft stat -n -v' shows who is reachable, and the log of "
                    "router " +
                    hop.router + " which connection was lost"};
    }
    return {.text = "Nobody receives from " + address +
                    ", at no router that is known now: senders get no credit",
            .remedy = "start a receiver, or check the spelling; 'weft stat -a -r " + hop.router +
                      "' lists the addresses in use"};
}

/// "the only receiver of orders (billing, link 12)", "all 3 receivers …", "2 of 3 receivers …";
/// named is the first of that standing.
std::string receivers_of(const std::string& address, const Hop& hop, std::string_view standing) {
    const std::size_t total = consumers_at(hop);
    const std::size_t count = consumers_at(hop, standing);
    std::string text = total == 1 ? "the only receiver"
                       : count == total
                           ? "all " + counted(total, "receiver")
                           : std::to_string(count) + " of " + counted(total, "receiver");
    text += " of " + address;
    for (const Json& consumer : list_at(hop.answer, "consumers")) {
        if (text_at(consumer, "standing") == standing) {
            const std::string container = text_at(consumer, "container");
            return text + (total == 1 ? " (" : " (one is ") +
                   (container.empty() ? "" : container + ", ") + "link " +
                   std::to_string(count_at(consumer, "link")) + ")";
        }
    }
    return text;
}

/// Consumers are there, and none can take a message now.
Verdict waits(const std::string& address, const Hop& hop) {
    const std::string links = "'weft stat -l -v -r " + hop.router + "' shows the links";
    const std::string begin = "Messages wait " + at_router(hop) + ": ";
    const bool one = consumers_at(hop) == 1;
    if (consumers_at(hop, "stalled") > 0) {
        return {.text = begin + receivers_of(address, hop, "stalled") + (one ? " is" : " are") +
                        " stalled: took and settled nothing for 10 s",
                .remedy = "restart the receiving program, or see what it hangs on; " + links};
    }
    if (consumers_at(hop, "connection-full") > 0) {
        return {.text = begin + receivers_of(address, hop, "connection-full") +
                        (one ? " reads" : " read") +
                        " too slowly: the connection takes no more bytes",
                .remedy = "see whether its machine or network is overloaded; " + links};
    }
    if (consumers_at(hop, "no-credit") > 0) {
        return {.text = begin + receivers_of(address, hop, "no-credit") +
                        (one ? " gives" : " give") + " no credit",
                .remedy =
                    "the receiving program must settle what it has and give credit: see "
                    "whether it hangs; " +
                    links};
    }
    if (consumers_at(hop, "attaching") > 0) {
        return {.text = begin + "a receiver of " + address + " is just attaching",
                .remedy = "ask again"};
    }
    return {.flows = true,
            .text = counted(count_at(hop.answer, "waiting"), "message") + " wait in line " +
                    at_router(hop) + ", and receivers take them",
            .remedy = "more receivers make it faster; ask again to see whether it moves"};
}

Verdict capacity_used(const Hop& first, const Hop& last) {
    return {.text = "Receivers have credit, but all " +
                    counted(count_at(first.answer, "producerCount"), "sender") + " " +
                    at_router(first) +
                    " used up the capacity: as many deliveries as it wait to be settled",
            .remedy =
                "ask again: it is so for moments where much flows. If it stays, the receivers "
                "must settle: 'weft stat -l -v -r " +
                last.router + "' shows who holds them; or raise linkCapacity of the listener"};
}

bool all_at_capacity(const Hop& hop) {
    const std::size_t producers = count_at(hop.answer, "producerCount");
    return producers > 0 && producers == count_at(hop.answer, "producersAtCapacity");
}

Verdict everyone(const std::string& address, const std::vector<Hop>& hops) {
    std::size_t consumers = 0;
    std::size_t routers = 0;
    std::size_t held_up = 0;
    std::size_t stalled = 0;
    const Hop* worst = nullptr;
    const Hop* with_stalled = nullptr;
    for (const Hop& hop : hops) {
        const std::size_t hang = consumers_at(hop, "stalled");
        const std::size_t slow = consumers_at(hop) - consumers_at(hop, "eligible") - hang;
        worst = slow > 0 && worst == nullptr ? &hop : worst;
        with_stalled = hang > 0 && with_stalled == nullptr ? &hop : with_stalled;
        consumers += consumers_at(hop);
        routers += consumers_at(hop) > 0 ? 1U : 0U;
        held_up += slow;
        stalled += hang;
    }
    const auto dead =
        std::ranges::find_if(hops, [](const Hop& hop) { return hop.answer.is_null(); });
    if (dead != hops.end()) {
        return unanswered(*dead);
    }
    const std::size_t wildcards = count_at(hops.front().answer, "wildcardCount");
    const std::string who =
        counted(consumers, "receiver") + " at " + counted(routers, "router") +
        (wildcards == 0
             ? ""
             : " and to whoever has " + counted(wildcards, "subscription") +
                   " with wildcards that " + (wildcards == 1 ? "means" : "mean") + " the address");
    if (worst != nullptr) {
        Verdict verdict = waits(address, *worst);
        verdict.text = "A message goes to " + who + ", but " + std::to_string(held_up) +
                       " can take none now and may hold back the senders; " + verdict.text;
        return verdict;
    }
    if (with_stalled != nullptr) {
        return {.flows = stalled < consumers,
                .text = "A message goes to " + who + ", but " + std::to_string(stalled) +
                        (stalled == 1 ? " is" : " are") +
                        " stalled (took and settled nothing for 10 s): messages are kept there for "
                        "a while and then lost; the senders go on",
                .remedy =
                    "restart the receiving program, or see what it hangs on; 'weft stat -l -v "
                    "-r " +
                    with_stalled->router + "' shows the links"};
    }
    return {.flows = true,
            .text = "A message goes to " + who + ", and all can take it",
            .remedy = "none needed"};
}

/// Of a message that nobody receives but the fallback of its address.
std::string by_fallback(const Hop& hop) {
    return hop.answer.value("fallsBack", false)
               ? ", the fallback, as nobody receives from the address itself"
               : "";
}

Verdict no_path(const std::string& address, const Hop& hop, const std::string& origin) {
    return {
        .text = "Router " + hop.router + " has no way for messages from router " + origin +
                " to a receiver of " + address + ": their paths do not lead through it",
        .remedy = "paths may be changing: ask again; if it stays, compare 'weft stat -n -v -r " +
                  hop.router + "' (valid-origins) with that of " + origin};
}

/// Links of that direction are passed on whole, or refused.
Verdict routed(const std::string& address,
               const Hop& hop,
               const Json& route,
               const std::string& whose) {
    const std::string links = whose + " links to " + address + " " + at_router(hop);
    const std::string by = " by the link route " + text_at(route, "key");
    const std::string look = "'weft stat --linkroutes -r ";
    if (goes_past_brokers(hop, route)) {
        return {.text = links + " are passed on" + by + ", past " + brokers_of(hop) + ", which " +
                        rule_of(hop) + " says keeps the messages",
                .remedy =
                    "rename one of them; 'weft stat -a' shows at which routers the link route "
                    "has containers"};
    }
    if (count_at(route, "containers") > 0) {
        return {.flows = true,
                .text = links + " are passed on" + by + ": the container says what becomes of them",
                .remedy = "none needed here; " + look + hop.router + "' shows the container"};
    }
    if (const Json& routers = list_at(route, "routers"); !routers.empty()) {
        return {.flows = true,
                .text = links + " are passed on" + by + " to " + joined(routers) +
                        ", where a container is: it says what becomes of them",
                .remedy = "none needed here; " + look + routers.front().get<std::string>() +
                          "' shows the container"};
    }
    return {.text = links +
                    " are refused with qd:no-route-to-dest: no router has a container for "
                    "the link route " +
                    text_at(route, "key"),
            .remedy = "connect the container; " + look + hop.router + "' shows what is expected"};
}

/// Whether all links to the address are passed on to a broker, though no router has it.
bool lacks_broker(const Hop& hop) {
    const auto storage = hop.answer.is_object() ? hop.answer.find("storage") : hop.answer.end();
    return storage != hop.answer.end() && storage->is_object() &&
           storage->value("passesLinks", false);
}

Verdict without_broker(const std::string& address, const Hop& hop) {
    return {.text = "Links to " + address + " are passed on to the broker " + brokers_of(hop) +
                    " by " + rule_of(hop) +
                    ", and refused with qd:no-route-to-dest: it is connected to no router",
            .remedy =
                "connect the broker to a listener or connector with the role route-container; "
                "'weft stat --linkroutes' at its router shows the way to it"};
}

/// "a, b" of those next hops somebody, or nobody, receives from.
std::string hops_of(const Json& exchange, bool reachable) {
    Json names = Json::array();
    for (const Json& hop : list_at(exchange, "nextHops")) {
        if (hop.value("reachable", false) == reachable) {
            names.push_back(text_at(hop, "address"));
        }
    }
    return joined(names);
}

/// The message goes to an exchange, which sends it on by its subject.
Verdict distributed(const std::string& address, const Hop& hop, const Json& exchange) {
    const std::string name = text_at(exchange, "name");
    const std::string subject = text_at(exchange, "subject");
    const std::string fate = text_at(exchange, "fate");
    const std::string unreachable = hops_of(exchange, false);
    const std::string begin = "A message sent to " + address +
                              (subject.empty() ? "" : " with the subject " + subject) +
                              " goes to " + "the exchange " + name + " " + at_router(hop);
    const std::string alternate =
        exchange.contains("alternate") && exchange["alternate"].is_object()
            ? text_at(exchange["alternate"], "address")
            : "";
    if (subject.empty()) {
        return {.flows = true,
                .text = begin + ", which sends it on by its subject",
                .remedy = "ask with --subject SUBJECT to see where it goes"};
    }
    if (fate == "forwarded") {
        return {.flows = true,
                .text = begin + ", and on to " + hops_of(exchange, true) +
                        (unreachable.empty() ? "" : "; nobody receives from " + unreachable),
                .remedy = "none needed; 'weft why NEXTHOP -r " + hop.router +
                          "' says what becomes of it there"};
    }
    const bool matches = count_at(exchange, "matching") > 0;
    const std::string why = matches ? "nobody receives from " + unreachable : "no binding matches";
    if (fate == "diverted") {
        return {.flows = true,
                .text = begin + ", and on to its alternate address " + alternate + ", as " + why,
                .remedy = "none needed"};
    }
    const std::string both = alternate.empty()
                                 ? ", and it has no alternateAddress"
                                 : ", and nobody receives from its alternate address " + alternate;
    return {.text = begin + ", which drops it: " + why + both +
                    "; senders of unsettled messages hear released",
            .remedy = matches ? "start a receiver of " + unreachable
                              : "'weft stat --exchanges -r " + hop.router +
                                    "' shows the keys: add a binding, or correct the subject"};
}

}  // namespace

Verdict judge_sender(const std::string& address, const std::vector<Hop>& hops) {
    const Hop& first = hops.front();
    const Hop& last = hops.back();
    if (first.answer.is_object() && first.answer.value("stopping", false)) {
        return {.text = "Router " + first.router + " is stopping and takes no more messages",
                .remedy = "connect the senders to another router"};
    }
    if (const Json* route = link_route_at(first, "in")) {
        return routed(address, first, *route, "Senders'");
    }
    if (lacks_broker(first)) {
        return without_broker(address, first);
    }
    if (decision_at(first) == "everyone") {
        const Verdict all = everyone(address, hops);
        return all.flows && all_at_capacity(first) ? capacity_used(first, last) : all;
    }
    if (last.answer.is_null()) {
        return unanswered(last);
    }
    const std::string kind = decision_at(last);
    if (kind == "unavailable") {
        return unavailable(address, last);
    }
    if (kind == "nobody") {
        return nobody(address, last, hops.size() == 1);
    }
    if (kind == "no-path") {
        return no_path(address, last, first.router);
    }
    if (kind == "wait") {
        return waits(address, last);
    }
    if (kind != "consumer") {
        return {.text = "A message comes back to a router that had it: paths are changing",
                .remedy = "ask again; if it stays, compare 'weft stat -n -v' of the routers above"};
    }
    if (all_at_capacity(first)) {
        return capacity_used(first, last);
    }
    const Json* exchange = exchange_at(last);
    if (exchange != nullptr &&
        count_at(*exchange, "link") == count_at(last.answer["decision"], "link")) {
        return distributed(address, last, *exchange);
    }
    return {.flows = true,
            .text = "A message sent to " + address + " " + at_router(first) + " flows: to " +
                    consumer_of(last) + " " + at_router(last) + by_fallback(last),
            .remedy = "none needed"};
}

Verdict judge_receiver(const std::string& address,
                       const Hop& here,
                       const std::vector<std::vector<Hop>>& ways,
                       const std::vector<std::string>& unheard) {
    if (const Json* route = link_route_at(here, "out")) {
        return routed(address, here, *route, "Receivers'");
    }
    if (lacks_broker(here)) {
        return without_broker(address, here);
    }
    if (decision_at(here) == "unavailable") {
        return unavailable(address, here);
    }
    if (consumers_at(here) == 0) {
        return {.text = "Nobody receives from " + address + " " + at_router(here),
                .remedy = "attach the receiver, or check the spelling; 'weft stat -l -r " +
                          here.router + "' lists the links"};
    }
    if (ways.empty() && !unheard.empty()) {
        return {.text = "No router that could be asked has a sender for " + address + "; " +
                        joined(Json(unheard)) + " could not, and may have one",
                .remedy = "look there: 'weft stat -l -r " + unheard.front() +
                          "' lists its links, if it answers"};
    }
    if (ways.empty()) {
        return {.text = "Nobody sends to " + address + ": no router has a sender for it",
                .remedy =
                    "start the sender or check its address; senders without an address, "
                    "whose messages bring their own, are not counted"};
    }
    if (consumers_at(here, "eligible") == 0) {
        return waits(address, here);
    }
    for (const auto& way : ways) {
        const auto arrives = [&](const Hop& hop) {
            return hop.router == here.router &&
                   (decision_at(hop) == "consumer" || decision_at(hop) == "everyone");
        };
        if (std::ranges::any_of(way, arrives) && !all_at_capacity(way.front())) {
            return {.flows = true,
                    .text = "Messages from senders at router " + way.front().router + " arrive " +
                            at_router(here),
                    .remedy = "none needed; if nothing comes, the senders send nothing"};
        }
    }
    const std::vector<Hop>& way = ways.front();
    Verdict theirs = judge_sender(address, way);
    if (!theirs.flows) {
        return theirs;
    }
    const std::string distribution = text_at(way.front().answer, "distribution");
    return {.flows = distribution == "balanced",
            .text = "The next message from router " + way.front().router + " goes to " +
                    consumer_of(way.back()) + " " + at_router(way.back()) +
                    ", not here: " + rule_of(way.front()) + " says " + distribution,
            .remedy = distribution == "balanced"
                          ? "none needed: receivers take turns, by what they have not settled"
                          : "closest means that nearer receivers get all; use balanced to share"};
}

}  // namespace weft::tools
