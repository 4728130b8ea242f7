#include "common/base/printable.hpp"
#include "tools/weft/address/entry.hpp"
#include "tools/weft/address/options.hpp"
#include "tools/weft/address/report.hpp"
#include "tools/weft/address/request.hpp"
#include "tools/weft/commands.hpp"
#include "tools/weft/failure.hpp"
#include "tools/weft/management/client.hpp"
#include "tools/weft/management/flags.hpp"

#include <iostream>
#include <string>
#include <vector>

namespace weft::tools {
namespace {

Entity router_entity(EntitySource& router) {
    const std::vector<Entity> self = router.query("router", {"id", "mode"}, 1);
    return self.empty() ? Entity::object() : self.front();
}

void list(EntitySource& router, const AddressArguments& arguments) {
    const Report report = address_report(router.query("address", {}, 0), arguments.scope);
    if (arguments.json) {
        std::cout << json_text(Json(report.entities), 2) << '\n';
    } else {
        print(report, /*csv=*/false, std::cout);
    }
}

/// What a router's own file has is as it was when it starts again.
const char* until_when(const Entity& entry) {
    const bool of_file = text_of(entry, "source") == "file" && scope_of(entry) != "mesh";
    return of_file ? " until it restarts, for its file has it" : "";
}

/// How long what was made or changed holds: the mesh keeps its entries, a router its file's alone.
const char* how_long(const Entity& entry) {
    return scope_of(entry) == "mesh" || text_of(entry, "source") == "file"
               ? until_when(entry)
               : " until it restarts: to keep it, write it to its file";
}

/// `done`: "Made" or "Changed".
void print_entry(const std::string& done,
                 const Entity& entry,
                 const AddressArguments& arguments,
                 const std::string& router) {
    if (arguments.json) {
        std::cout << json_text(entry, 2) << '\n';
        return;
    }
    std::cout << done << ' ' << printable(described(entry)) << ", known "
              << printable(known_where(entry, router)) << how_long(entry) << '\n';
    if (const std::string conflict = conflict_line(entry); !conflict.empty()) {
        std::cout << "But " << printable(conflict) << '\n';
    }
}

Entity make(ManagementClient& router, const Request& request, bool scope_by_default) {
    try {
        return router.call(request);
    } catch (const StatusFailure& failure) {
        const std::string text = failure.what();
        if (scope_by_default && text.find("scope") != std::string::npos) {  // which nobody gave
            throw Failure(text + "; --scope node makes it on this router alone");
        }
        throw;
    }
}

void create(ManagementClient& router, AddressArguments arguments) {
    const Entity self = router_entity(router);
    const std::string id = text_of(self, "id");
    const bool by_default = arguments.scope.empty() && text_of(self, "mode") == "interior";
    if (by_default) {
        arguments.scope = "mesh";
    }
    const Entity made = make(router, create_request(arguments), by_default);
    print_entry("Made", made, arguments, id);
    if (arguments.scope == "mesh" && scope_of(made) != "mesh") {  // an original overlooks the word
        throw Failure("router " + id + " told no other router, for it knows no scopes; " +
                      "ask a Weft router, or give --scope node");
    }
}

void update(ManagementClient& router, const AddressArguments& arguments) {
    const std::vector<Entity> entries = router.query("address", {}, 0);
    const Entity& entry = find_entry(
        entries,
        {.rule = arguments.addresses.front(), .kind = arguments.kind, .scope = arguments.scope});
    const Json changed = router.call(update_request(arguments, entry));
    print_entry("Changed", changed, arguments, text_of(router_entity(router), "id"));
}

/// All must be there before the first is deleted.
void remove(ManagementClient& router, const AddressArguments& arguments) {
    const std::vector<Entity> entries = router.query("address", {}, 0);
    std::vector<const Entity*> found;
    found.reserve(arguments.addresses.size());
    for (const std::string& rule : arguments.addresses) {
        found.push_back(
            &find_entry(entries, {.rule = rule, .kind = arguments.kind, .scope = arguments.scope}));
    }
    const std::string id = text_of(router_entity(router), "id");
    for (const Entity* entry : found) {
        router.call(delete_request(*entry));
        std::cout << "Deleted " << printable(described(*entry)) << ' '
                  << printable(known_where(*entry, id)) << until_when(*entry) << '\n';
    }
}

void run(ManagementClient& router, const AddressArguments& arguments) {
    if (arguments.verb == "create") {
        create(router, arguments);
    } else if (arguments.verb == "update") {
        update(router, arguments);
    } else if (arguments.verb == "delete") {
        remove(router, arguments);
    } else {
        list(router, arguments);
    }
}

}  // namespace

int run_address(Arguments words) {
    CommandLine line = address_line();
    if (!line.parse(words)) {
        return 0;
    }
    const AddressArguments arguments = address_arguments(line);
    const std::string address = management_address(line);
    ManagementClient client(connection_options(line), address);
    run(client, arguments);
    if (!std::cout.flush()) {
        throw Failure("cannot write to standard output");
    }
    client.close();
    return 0;
}

}  // namespace weft::tools
