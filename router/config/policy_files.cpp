#include "router/config/policy_files.hpp"

#include "common/config/json_document.hpp"
#include "router/config/qdrouterd_conf.hpp"
#include "router/config/router_keys.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace weft::router_config {
namespace {

using config::Node;

constexpr std::string_view kVhosts = "vhosts";

/// Leaves the vhosts alone.
void keep_vhosts(Node& root, config::Faults& faults) {
    for (const config::Member& member : *root.object()) {
        if (member.name != kVhosts) {
            faults.warn(member.node.place, "/" + member.name,
                        "has no effect here: of the files in \"policyDir\" only the vhosts are "
                        "read");
        }
    }
    std::erase_if(*root.object(),
                  [](const config::Member& member) { return member.name != kVhosts; });
}

void read_one(const std::string& path,
              const config::FileReader& reader,
              config::Document& document,
              config::Faults& faults) {
    const auto text = reader(path);
    if (!text) {
        faults.error({faults.add_file(path), 0}, "", text.error());
        return;
    }
    const bool conf = is_qdrouterd_conf(*text);
    Node root = conf ? load_qdrouterd_conf(path, *text, router_table(), faults)
                     : config::load_json(path, *text, reader, faults);
    keep_vhosts(root, faults);
    config::Document one = config::read_document(
        router_table(), root, conf ? config::Dialect::qdrouterd : config::Dialect::json, reader,
        faults);
    std::ranges::move(one.entities, std::back_inserter(document.entities));
}

}  // namespace

config::Document read_policy_files(const std::string& folder,
                                   const Host& host,
                                   const config::FileReader& reader,
                                   config::Faults& faults) {
    config::Document document;
    if (folder.empty()) {
        return document;
    }
    const auto names = host.folders(folder, ".json");
    if (!names) {
        faults.error({faults.add_file(folder), 0}, "/policy/policyDir", names.error());
        return document;
    }
    if (names->size() > kPolicyFilesMax) {
        faults.error({faults.add_file(folder), 0}, "/policy/policyDir",
                     "has " + std::to_string(names->size()) + " files; at most " +
                         std::to_string(kPolicyFilesMax) +
                         " are read: a file may have many vhosts");
        return document;
    }
    for (const std::string& name : *names) {
        read_one(folder + "/" + name, reader, document, faults);
    }
    return document;
}

}  // namespace weft::router_config
