#include "tests/unit/mgmt/fake_catalogue.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace weft::mgmt::test {
namespace {

constexpr auto kInteger = Kind::integer;
constexpr auto kString = Kind::string;
constexpr std::size_t kManyColumns = 60;

Attribute with_default(Attribute attribute, wire::Value value) {
    attribute.default_value = std::move(value);
    return attribute;
}

void add_router(Catalogue& catalogue) {
    catalogue.add({.short_name = "router",
                   .description = "What there is once, with fixed columns.",
                   .attributes = {setting("id", kString, "Its name."),
                                  shown_as_well("linksBlocked",
                                                reading("blockedLinkCount", kInteger, "A count."))},
                   .null_for_unknown = true,
                   .singleton = true},
                  "configurationEntity");
    catalogue.add({.short_name = "router.node",
                   .description = "What is only observed.",
                   .attributes = {reading("id", kString, "Its name.")}},
                  "operationalEntity");
}

void add_transport(Catalogue& catalogue) {
    catalogue.add({.short_name = "sslProfile",
                   .description = "What nothing serves.",
                   .operations = {"CREATE", "DELETE"},
                   .attributes = {setting("ciphers", kString, "A text."),
                                  setting("certFile", Kind::path, "A path.")}},
                  "configurationEntity");
    catalogue.add(
        {.short_name = "listener",
         .description = "What can be made and deleted.",
         .operations = {"CREATE", "DELETE"},
         .attributes = {setting("host", kString, "A text.", "127.0.0.1"),
                        setting("port", kString, "A text that looks like a number.", "amqp"),
                        setting("role",
                                one_of({"normal", "inter-router", "route-container", "edge"}),
                                "A choice.", "normal"),
                        setting("cost", kInteger, "A number.", std::int64_t{1}),
                        setting("http", Kind::boolean, "A truth.", false),
                        setting("sslProfile", kString, "A text without a default.")}},
        "configurationEntity");
    catalogue.add({.short_name = "connector",
                   .description = "What has a secret.",
                   .operations = {"CREATE", "DELETE"},
                   .attributes = {secret(setting("saslPassword", kString, "A secret.")),
                                  reading("connectionMsg", kString, "What nobody may set.")}},
                  "configurationEntity");
    catalogue.add({.short_name = "connection",
                   .description = "What is only observed, with fixed columns.",
                   .operations = {"UPDATE"},
                   .attributes = {reading("host", kString, "A text.")},
                   .null_for_unknown = true},
                  "operationalEntity");
}

void add_routing(Catalogue& catalogue) {
    catalogue.add(
        {.short_name = "router.config.linkRoute",
         .description = "What needs an attribute that has two names.",
         .operations = {"CREATE", "DELETE"},
         .attributes = {setting("prefix", kString, "A text."),
                        setting("pattern", kString, "A text."),
                        shown_as_well("dir", required(setting("direction", one_of({"in", "out"}),
                                                              "A choice.")))},
         .null_for_unknown = true},
        "configurationEntity");
    std::vector<Attribute> link = {
        with_default(updatable(reading("adminStatus", one_of({"enabled", "disabled"}),
                                       "What an operator may change.")),
                     "enabled"),
        reading("linkName", kString, "A text."),
        reading("peer", kString, "What may be null."),
        reading("deliveryCount", kInteger, "A count."),
        reading("connectionId", kString, "A text."),
    };
    catalogue.add({.short_name = "router.link",
                   .description = "What is many.",
                   .operations = {"UPDATE"},
                   .attributes = std::move(link),
                   .null_for_unknown = true},
                  "operationalEntity");
}

void add_rules(Catalogue& catalogue) {
    catalogue.add(
        {.short_name = "vhost",
         .description = "What can be made, changed and deleted.",
         .operations = {"CREATE", "UPDATE", "DELETE"},
         .attributes = {required(setting("hostname", kString, "A text.")),
                        updatable(setting("aliases", kString, "A text.")),
                        updatable(
                            setting("maxConnections", kInteger, "A number.", std::int64_t{65535})),
                        updatable(setting("allowUnknownUser", Kind::boolean, "A truth.", false))}},
        "configurationEntity");
    catalogue.add({.short_name = "log",
                   .description = "What can only be changed.",
                   .operations = {"UPDATE"},
                   .attributes = {required(setting("module", kString, "What stays.")),
                                  updatable(setting("enable", kString, "A text.")),
                                  updatable(setting("includeSource", Kind::boolean, "A truth.")),
                                  once_called("output", updatable(setting("outputFile", kString,
                                                                          "Had another name.")))}},
                  "configurationEntity");
    catalogue.add({.short_name = "console",
                   .description = "What is out of bounds.",
                   .singleton = true,
                   .deprecated = true,
                   .forbidden = true},
                  "configurationEntity");
}

/// As many columns as make wide answers.
void add_wide(Catalogue& catalogue) {
    static const std::vector<std::string> kNames = [] {
        std::vector<std::string> names;
        for (std::size_t i = 0; i < kManyColumns; ++i) {
            names.push_back("count" + std::to_string(i));
        }
        return names;
    }();
    std::vector<Attribute> counts;
    for (const std::string& name : kNames) {
        counts.push_back(reading(name, kInteger, "A count."));
    }
    catalogue.add(
        {.short_name = "counters", .description = "What is wide.", .attributes = std::move(counts)},
        "operationalEntity");
}

}  // namespace

Catalogue fake_catalogue() {
    Catalogue catalogue;
    add_router(catalogue);
    add_transport(catalogue);
    add_routing(catalogue);
    add_rules(catalogue);
    add_wide(catalogue);
    return catalogue;
}

}  // namespace weft::mgmt::test
