#include "broker/config/broker_config.hpp"

#include "broker/config/log_modules.hpp"
#include "common/config/document.hpp"
#include "common/config/entity.hpp"
#include "common/daemon/audit_section.hpp"
#include "common/daemon/connection_keys.hpp"
#include "common/daemon/log_section.hpp"
#include "common/daemon/ssl_profile_section.hpp"
#include "common/daemon/users_section.hpp"

#include <array>
#include <limits>
#include <vector>

namespace weft::broker_config {
namespace {

using config::Choice;
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
                   "a router does, by an entry of its address list. Queues stay until they are "
                   "deleted."},
    Key{.name = "deleteIdleSeconds",
        .type = Type::seconds,
        .default_value = "86400",
        .meaning = "How long a queue stays that is empty, has no links and is no other's "
                   "`deadLetter`, if its entry means more than one address (`prefix`, `pattern`, "
                   "wildcards): the next link makes it again. 0: for ever.",
        .max = 31622400},
    Key{.name = "transactionTimeoutSeconds",
        .type = Type::seconds,
        .default_value = "300",
        .meaning = "How long a transaction may be open. Then it is rolled back, and its client "
                   "hears `amqp:transaction:timeout` when it wants to commit it.",
        .min = 1,
        .max = 86400}};

constexpr std::array kLocks{Choice{.name = "file"}, Choice{.name = "lease"}};

constexpr std::array kStoreKeys{
    Key{.name = "path",
        .type = Type::path,
        .meaning = "The folder that its messages are in, on a local disk. One broker has it at a "
                   "time.",
        .required = true},
    Key{.name = "maxBytes",
        .type = Type::size,
        .default_value = "0",
        .meaning = "What the store may have in use; 0: as the disk allows. When an eighth of it is "
                   "left (or minFreeBytes, if that is less) producers get no credit, and at half "
                   "of that they are rejected.",
        .max = std::numeric_limits<std::int64_t>::max()},
    Key{.name = "minFreeBytes",
        .type = Type::size,
        .default_value = "128MiB",
        .meaning = "What the store's file system must have free beside the reserve: below it "
                   "producers get no credit, below half of it they are rejected, and both end when "
                   "there is room again. Consumers are always served.",
        .max = std::numeric_limits<std::int64_t>::max()},
    Key{.name = "reserveBytes",
        .type = Type::size,
        .default_value = "64MiB",
        .meaning = "What the file `reserve` in the store's folder keeps of the disk. It is given "
                   "back when others have filled it, so that messages can be taken out, and kept "
                   "again when there is room; 0: none.",
        .max = std::numeric_limits<std::int64_t>::max()},
    Key{.name = "standby",
        .type = Type::boolean,
        .default_value = "false",
        .meaning = "Whether it waits while another broker has the store, and then takes over. "
                   "Otherwise it does not start. Of the same `id`, brokers stand in for one "
                   "another."},
    Key{.name = "lock",
        .type = Type::choice,
        .default_value = "file",
        .meaning = "Who has the store. `file`: who has the system's lock on it, until that process "
                   "ends. `lease`: besides, who is at work; one that stands still for longer than "
                   "its lease is deposed, and writes nothing more. Only with `standby`.",
        .choices = kLocks},
    Key{.name = "leaseSeconds",
        .type = Type::seconds,
        .default_value = "10",
        .meaning = "With `lock: lease`: it ends if it could not renew its lease for so long, and a "
                   "standby takes over a quarter of that later. Longer than the store's disk, or "
                   "the machine, ever stands still.",
        .min = 1,
        .max = 3600}};

/// Nothing: the lock alone counts.
Duration lease_of(const config::Entity& store, config::Faults& faults) {
    if (store.text("lock") != "lease") {
        return {};
    }
    if (!store.boolean("standby")) {
        config::key_error(store, "lock",
                          "'lease' is for brokers that wait for one another: set standby to true, "
                          "or lock to 'file'",
                          faults);
    }
    return store.duration("leaseSeconds");
}

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
                                      daemon::ssl_profile_section(),
                                      daemon::users_section(),
                                      daemon::jwt_section(),
                                      daemon::auth_service_section(),
                                      daemon::rights_section(),
                                      daemon::audit_section(),
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
                      .idle_max = broker.duration("deleteIdleSeconds"),
                      .transaction_timeout = broker.duration("transactionTimeoutSeconds"),
                      .store_path = store.text("path"),
                      .store_bytes_max = static_cast<std::uint64_t>(store.integer("maxBytes")),
                      .store_free_min = static_cast<std::uint64_t>(store.integer("minFreeBytes")),
                      .store_reserve = static_cast<std::uint64_t>(store.integer("reserveBytes")),
                      .standby = store.boolean("standby"),
                      .lease = lease_of(store, faults),
                      .common = daemon::read_common(*document, kLogModules, faults)};
    return faults.failed() ? std::nullopt : std::optional{std::move(read)};
}

}  // namespace weft::broker_config
