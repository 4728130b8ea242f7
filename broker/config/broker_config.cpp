#include "broker/config/broker_config.hpp"

#include "broker/config/log_modules.hpp"
#include "common/config/document.hpp"
#include "common/daemon/connection_keys.hpp"
#include "common/daemon/log_section.hpp"

#include <array>
#include <limits>
#include <vector>

namespace weft::broker_config {
namespace {

using config::Key;
using config::Section;
using config::Type;

constexpr std::array kBrokerKeys{
    Key{.name = "id",
        .meaning = "Its name among all containers of the mesh: what routers name in `brokers`.",
        .required = true},
    Key{.name = "autoCreate",
        .type = Type::boolean,
        .default_value = "false",
        .meaning = "Whether a link to a queue or topic that is not there makes it. Otherwise only "
                   "a router does, by an entry of its address list."}};

constexpr std::array kStoreKeys{
    Key{.name = "path",
        .type = Type::path,
        .meaning = "The folder that its messages are in, on a local disk. One broker has it at a "
                   "time.",
        .required = true},
    Key{.name = "maxBytes",
        .type = Type::size,
        .default_value = "0",
        .meaning = "What the store's file may grow to; 0: as the disk allows. When it is full the "
                   "broker stops to accept.",
        .max = std::numeric_limits<std::int64_t>::max()}};

}  // namespace

const config::KeyTable& broker_table() {
    static constexpr auto kModules = daemon::module_choices(kLogModules);
    static const std::vector<Key> kListenerKeys = daemon::listener_keys();
    static const std::vector<Key> kConnectorKeys = daemon::connector_keys();
    static const auto kLogKeys = daemon::log_keys(kModules);
    static const std::array kSections{Section{.name = "broker",
                                              .entity = "broker",
                                              .meaning = "The broker itself.",
                                              .singleton = true,
                                              .keys = kBrokerKeys},
                                      Section{.name = "store",
                                              .entity = "store",
                                              .meaning = "Where messages are kept.",
                                              .singleton = true,
                                              .keys = kStoreKeys},
                                      daemon::listener_section(kListenerKeys),
                                      daemon::connector_section(kConnectorKeys),
                                      daemon::log_section(kLogKeys)};
    static const config::KeyTable kTable{"weft-broker", kSections};
    return kTable;
}

std::optional<BrokerConfig> load_broker_config(const config::CommandLine& command,
                                               config::Faults& faults) {
    const auto document = daemon::load_document(command, broker_table(), faults);
    if (!document) {
        return std::nullopt;
    }
    const config::Entity& broker = document->singleton("broker");
    const config::Entity& store = document->singleton("store");
    BrokerConfig read{.id = broker.text("id"),
                      .auto_create = broker.boolean("autoCreate"),
                      .store_path = store.text("path"),
                      .store_bytes_max = static_cast<std::uint64_t>(store.integer("maxBytes")),
                      .common = daemon::read_common(*document, kLogModules, faults)};
    return faults.failed() ? std::nullopt : std::optional{std::move(read)};
}

}  // namespace weft::broker_config
