#include "common/daemon/rights_section.hpp"

#include "common/config/entity.hpp"

#include <algorithm>
#include <array>

namespace weft::daemon {
namespace {

using config::Choice;
using config::Key;
using config::Type;
using mgmt::Access;

constexpr std::string_view kNobody = "anonymous";
constexpr std::array kAccesses{Choice{.name = "none"}, Choice{.name = "viewer"},
                               Choice{.name = "operator"}, Choice{.name = "admin"}};

constexpr std::array kRightsKeys{
    Key{.name = "admins",
        .type = Type::texts,
        .meaning =
            "Users who may see and change everything. A name that ends in `*` means all "
            "that begin so, `*` all who have logged in, `anonymous` who has not. Once one of "
            "these lists is there, who is in none may nothing; without any, whoever "
            "reaches management may everything, over HTTP on loopback alone."},
    Key{.name = "operators",
        .type = Type::texts,
        .meaning = "Users who may see everything and run what is there: make, change and delete "
                   "addresses, links and queues, look into queues and empty them, close "
                   "connections."},
    Key{.name = "viewers",
        .type = Type::texts,
        .meaning = "Users who may see everything but messages."},
    Key{.name = "routers",
        .type = Type::choice,
        .default_value = "viewer",
        .meaning = "What may be done by who asks through another router (`weft -r`), or of a "
                   "broker through its router: they don't say who asks.",
        .choices = kAccesses},
};

/// Who is not known, or nobody, is named by no beginning of names.
bool is_named(const std::vector<std::string>& names, std::string_view user) {
    return std::ranges::any_of(names, [user](std::string_view name) {
        const bool many = name.ends_with('*') && user != kNobody && !user.empty();
        return many ? user.starts_with(name.substr(0, name.size() - 1)) : user == name;
    });
}

std::vector<std::string> names_in(const config::Entity& entity, std::string_view key) {
    std::vector<std::string> names;
    if (const config::Node* given = entity.given(key)) {
        for (const config::Node& each : *given->list()) {
            names.push_back(*each.text());
        }
    }
    return names;
}

}  // namespace

Access Rights::of_user(std::string_view user) const {
    return is_named(admins, user)      ? Access::admin
           : is_named(operators, user) ? Access::operator_
           : is_named(viewers, user)   ? Access::viewer
                                       : Access::none;
}

Access Rights::of(const mgmt::Requester& who) const {
    return !configured ? Access::admin : who.from_router ? routers : of_user(who.user);
}

config::Section rights_section() {
    return {.name = "management",
            .entity = "managementRights",
            .meaning = "Who may see and change this daemon, over AMQP and HTTP.",
            .singleton = true,
            .keys = kRightsKeys};
}

Rights read_rights(const config::Document& document, config::Faults& faults) {
    const config::Entity& entity = document.singleton("management");
    Rights rights{.admins = names_in(entity, "admins"),
                  .operators = names_in(entity, "operators"),
                  .viewers = names_in(entity, "viewers"),
                  .routers = mgmt::access_named(entity.text("routers")).value_or(Access::viewer)};
    for (const std::string_view key : {"admins", "operators", "viewers"}) {
        rights.configured = rights.configured || entity.given(key) != nullptr;
        for (const std::string& name : names_in(entity, key)) {
            const std::size_t star = name.find('*');
            if (name.empty() || (star != std::string::npos && star + 1 != name.size())) {
                key_error(entity, key,
                          config::quote(name) +
                              " is no user: a name, or the beginning of names and a * behind it",
                          faults);
            }
        }
    }
    if (!rights.configured && entity.given("routers") != nullptr) {
        key_error(entity, "routers",
                  "means nothing without admins, operators or viewers: say who may do what",
                  faults);
    }
    if (rights.configured && rights.admins.empty()) {
        key_warning(entity, "admins",
                    "is empty: nobody can change listeners, vhosts or the log while this runs",
                    faults);
    }
    return rights;
}

}  // namespace weft::daemon
