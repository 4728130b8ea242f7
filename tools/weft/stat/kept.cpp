#include "tools/weft/address/entry.hpp"
#include "tools/weft/stat/views.hpp"
#include "tools/weft/tables/numbers.hpp"

#include <algorithm>
#include <string>
#include <utility>

/// What brokers keep.
namespace weft::tools {
namespace {

Column amount(std::string head, std::string attribute) {
    return {std::move(head), [attribute = std::move(attribute)](const Entity& entity) {
                return with_commas(number_of(entity, attribute));
            }};
}

Column size(std::string head, std::string attribute) {
    return {std::move(head), [attribute = std::move(attribute)](const Entity& entity) {
                return byte_size(number_of(entity, attribute));
            }};
}

/// What of a queue's messages is dead, whatever they died of.
std::string dead_of(const Entity& queue) {
    std::int64_t dead = 0;
    for (const auto& [name, value] : queue.items()) {
        if (name.starts_with("dead") && value.is_number()) {
            dead += value.get<std::int64_t>();
        }
    }
    return with_commas(dead);
}

Report report_of_kept(std::vector<Entity> entities,
                      const std::string& title,
                      std::vector<Column> columns) {
    Report report{.parts = {}, .entities = std::move(entities)};
    if (report.entities.empty()) {
        report.parts.emplace_back(title + "\nNo " + title + " found");
        return report;
    }
    if (any_has(report.entities, "broker")) {
        columns.insert(columns.begin(), plain("broker", "broker"));
    }
    report.parts.emplace_back(make_table(title, report.entities, columns));
    return report;
}

/// Of a router: the addresses whose messages brokers keep.
Report addresses_of(EntitySource& router,
                    const ViewOptions& options,
                    const std::string& title,
                    std::string_view type) {
    std::vector<Entity> kept = router.query("address", {}, 0);
    std::erase_if(kept, [&](const Entity& entry) { return text_of(entry, "addressType") != type; });
    if (options.limit != 0 && kept.size() > options.limit) {
        kept.resize(options.limit);
    }
    Report report{.parts = {}, .entities = std::move(kept)};
    if (report.entities.empty()) {
        report.parts.emplace_back("No addresses of type " + std::string{type});
    } else {
        report.parts.emplace_back(
            make_table(title + " and their brokers", report.entities,
                       {{"address", rule_of}, {"brokers", brokers_of}, plain("scope", "scope")}));
    }
    return report;
}

}  // namespace

Report queue_report(std::vector<Entity> queues, const ViewOptions& options) {
    std::vector<Column> columns{plain("queue", "name"),
                                amount("msgs", "messages"),
                                size("bytes", "bytes"),
                                amount("unsett", "unsettled"),
                                amount("cons", "consumers"),
                                amount("prod", "producers"),
                                amount("blocked", "blockedProducers"),
                                amount("in", "messagesIn"),
                                amount("out", "messagesOut"),
                                amount("ack", "acknowledged"),
                                {"dead", dead_of},
                                plain("full", "full")};
    const auto drains = [](const Entity& queue) {
        const std::string drain = text_of(queue, "drain");
        return !drain.empty() && drain != "none";
    };
    if (std::ranges::any_of(queues, drains)) {
        columns.push_back(plain("drain", "drain"));
    }
    const auto forwards = [](const Entity& queue) {
        const std::string state = text_of(queue, "forwardState");
        return !state.empty() && state != "none";
    };
    if (std::ranges::any_of(queues, forwards)) {
        columns.push_back({"forward to", [](const Entity& queue) {
                               const auto rule = queue.find("forward");
                               return rule == queue.end() || !rule->is_object()
                                          ? std::string{}
                                          : text_of(*rule, "to");
                           }});
        columns.push_back(plain("forward state", "forwardState"));
        columns.push_back(amount("per second", "forwardRate"));
    }
    if (options.verbose) {
        for (const char* attribute :
             {"failed", "released", "dropped", "overflowed", "purged", "moved", "forwarded",
              "maxMessages", "maxBytes", "maxDeliveries"}) {
            columns.push_back(amount(attribute, attribute));
        }
        for (const char* attribute : {"overflow", "deadLetter", "authority", "topicFilter"}) {
            columns.push_back(plain(attribute, attribute));
        }
    }
    return report_of_kept(std::move(queues), "Queues", std::move(columns));
}

Report topic_report(std::vector<Entity> topics, const ViewOptions& options) {
    std::vector<Column> columns{plain("topic", "name"), amount("subs", "subscriptions"),
                                amount("msgs", "messages"), plain("overflow", "overflow")};
    if (options.verbose) {
        columns.push_back(amount("maxMessages", "maxMessages"));
        columns.push_back(amount("maxBytes", "maxBytes"));
        columns.push_back(plain("authority", "authority"));
    }
    return report_of_kept(std::move(topics), "Topics", std::move(columns));
}

Report subscription_report(std::vector<Entity> subscriptions, const ViewOptions& options) {
    std::vector<Column> columns{
        plain("id", "identity"),           plain("name", "name"),      plain("owner", "owner"),
        plain("kind", "subscriptionKind"), plain("filter", "filter"),  plain("state", "state"),
        amount("links", "links"),          amount("msgs", "messages"), size("bytes", "bytes"),
        amount("unsett", "unsettled"),     plain("full", "full")};
    if (options.verbose) {
        for (const char* attribute : {"selector", "noLocal", "expirySeconds", "queue"}) {
            columns.push_back(plain(attribute, attribute));
        }
    }
    return report_of_kept(std::move(subscriptions), "Subscriptions", std::move(columns));
}

Report queues_view(EntitySource& broker, const ViewOptions& options) {
    return broker.knows("queue") ? queue_report(broker.query("queue", {}, options.limit), options)
                                 : addresses_of(broker, options, "Queues", "queue");
}

Report topics_view(EntitySource& broker, const ViewOptions& options) {
    return broker.knows("topic") ? topic_report(broker.query("topic", {}, options.limit), options)
                                 : addresses_of(broker, options, "Topics", "topic");
}

Report subscriptions_view(EntitySource& broker, const ViewOptions& options) {
    return broker.knows("subscription")
               ? subscription_report(broker.query("subscription", {}, options.limit), options)
               : addresses_of(broker, options, "Topics", "topic");
}

}  // namespace weft::tools
