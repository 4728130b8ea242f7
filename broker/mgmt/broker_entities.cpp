#include "broker/mgmt/broker_entities.hpp"

#include "broker/store/segments.hpp"
#include "common/base/assert.hpp"
#include "common/daemon/rows.hpp"
#include "common/daemon/setting_attributes.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <system_error>

namespace weft::broker_mgmt {
namespace {

using mgmt::Kind;
using mgmt::reading;

const config::Section& section_of(std::string_view name) {
    const config::Section* const section = broker_config::broker_table().find(name);
    WEFT_CHECK(section != nullptr);
    return *section;
}

/// What the store's files and their disk have; nothing where it can't be known.
struct Disk {
    explicit Disk(const std::string& folder) {
        const std::string name = store::Segments::file_in(folder);
        std::error_code error;
        const auto note = [&error](std::optional<std::uint64_t>& size, std::uintmax_t read) {
            if (!error) {
                size = read;
            }
        };
        note(file, std::filesystem::file_size(name, error));
        note(log, std::filesystem::file_size(name + "-wal", error));
        note(free, std::filesystem::space(folder, error).available);
    }

    std::optional<std::uint64_t> file;
    std::optional<std::uint64_t> log;   // the write-ahead log
    std::optional<std::uint64_t> free;  // of the disk
};

wire::Value or_null(const std::optional<std::uint64_t>& number) {
    return number ? wire::Value{*number} : wire::Value{};
}

struct Sum {
    std::uint64_t messages = 0;
    std::uint64_t bytes = 0;
    std::uint64_t unsettled = 0;
};

Sum sum_of(const broker::Queues& queues) {
    Sum sum;
    for (const broker::QueueNode* queue : queues.all()) {
        sum.messages += queue->machine().depth();
        sum.bytes += queue->machine().stock().bytes();
        sum.unsettled += queue->machine().unsettled();
    }
    return sum;
}

}  // namespace

mgmt::EntityType broker_type() {
    mgmt::EntityType type = daemon::entity_type(
        section_of("broker"),
        {reading("version", Kind::string, "Of the program."),
         reading("uptimeSeconds", Kind::integer, "Since it was started."),
         reading("role", mgmt::one_of({"standby", "active", "fenced"}),
                 "active: it has the store; standby: it waits for it; fenced: another took it, and "
                 "this one ends."),
         reading("epoch", Kind::integer,
                 "Which broker in a row it is that has had the store, while it has it."),
         reading("waitsFor", Kind::string, "Of a standby: who has the store, and since when."),
         reading("queues", Kind::integer, "Queues, those of subscriptions included."),
         reading("topics", Kind::integer, "Topics whose entries it knows."),
         reading("subscriptions", Kind::integer, "Subscriptions that there are."),
         reading("messages", Kind::integer, "Messages in all queues."),
         reading("bytes", Kind::integer, "Bytes of them."),
         reading("unsettled", Kind::integer, "Messages that consumers have and did not settle."),
         reading("incomingBytes", Kind::integer,
                 "Bytes of messages that are coming in or wait to be durable."),
         reading("wordsBytes", Kind::integer,
                 "Bytes of what queues remember of messages: keys (lastValueKey) and message-ids "
                 "(duplicateWindow)."),
         reading("refused", Kind::integer, "Messages refused to their producers."),
         reading("drain", mgmt::one_of({"none", "draining", "drained"}),
                 "Whether queues are emptied into other brokers (weft broker drain); drained: the "
                 "store has no message of them."),
         reading("drainAll", Kind::boolean, "Whether that is all queues, also those that come."),
         reading("drainMessages", Kind::integer, "Messages left in the queues that are drained."),
         reading("drainStaying", Kind::integer,
                 "Messages in queues that are to be drained, and that no other broker keeps.")});
    type.operations.insert(type.operations.end(), {"DRAIN", "CANCEL-DRAIN", "SHOW-DRAIN"});
    type.singleton = true;
    return type;
}

mgmt::EntityType store_type() {
    mgmt::EntityType type = daemon::entity_type(
        section_of("store"),
        {reading("state", mgmt::one_of({"open", "standby", "failed"}),
                 "open: it takes and gives; standby: another broker has it; failed: the broker's "
                 "log says why."),
         reading("fileBytes", Kind::integer, "The database file."),
         reading("walBytes", Kind::integer, "Its write-ahead log."),
         reading("freeBytes", Kind::integer, "What the disk that it is on has left."),
         reading("messages", Kind::integer, "Messages that it has."),
         reading("messageBytes", Kind::integer, "Bytes of them."),
         reading("commits", Kind::integer, "Commits since the broker was started."),
         reading("waitingBytes", Kind::integer, "Bytes that wait to be written.")});
    type.singleton = true;
    return type;
}

namespace {

/// What is known of a broker in any case.
mgmt::Row plain_broker_row(const broker_config::BrokerConfig& config,
                           std::string_view version,
                           Duration up) {
    return {.identity = "broker/" + config.id,
            .name = config.id,
            .attributes = {{"id", config.id},
                           {"autoCreate", config.auto_create},
                           {"version", std::string{version}},
                           {"uptimeSeconds", daemon::whole_seconds(up)}}};
}

mgmt::Row plain_store_row(const broker_config::BrokerConfig& config) {
    const bool leased = config.lease > Duration::zero();
    return {.identity = "store/" + config.id,
            .name = config.id,
            .attributes = {{"path", config.store_path},
                           {"maxBytes", config.store_bytes_max},
                           {"standby", config.standby},
                           {"lock", leased ? "lease" : "file"}}};
}

}  // namespace

mgmt::Row standby_row(const broker_config::BrokerConfig& config,
                      std::string_view version,
                      std::string_view why,
                      Duration up) {
    mgmt::Row row = plain_broker_row(config, version, up);
    row.attributes.set("role", "standby");
    row.attributes.set("waitsFor", std::string{why});
    return row;
}

mgmt::Row standby_store_row(const broker_config::BrokerConfig& config) {
    mgmt::Row row = plain_store_row(config);
    row.attributes.set("state", "standby");
    return row;
}

mgmt::Row broker_row(const broker_config::BrokerConfig& config,
                     std::string_view version,
                     const broker::Queues& queues,
                     const broker::Topics& topics,
                     const broker::DrainReport& drain,
                     Duration up) {
    const Sum sum = sum_of(queues);
    const bool fenced = queues.store().is_fenced();
    mgmt::Row row = plain_broker_row(config, version, up);
    row.attributes.set("role", fenced ? "fenced" : "active");
    row.attributes.set("epoch", queues.store().epoch());
    row.attributes.set("queues", std::uint64_t{queues.all().size()});
    row.attributes.set("topics", std::uint64_t{topics.entries().size()});
    row.attributes.set("subscriptions", std::uint64_t{topics.subscriptions().size()});
    row.attributes.set("messages", sum.messages);
    row.attributes.set("bytes", sum.bytes);
    row.attributes.set("unsettled", sum.unsettled);
    row.attributes.set("incomingBytes", std::uint64_t{queues.incoming().bytes()});
    row.attributes.set("wordsBytes", std::uint64_t{queues.words().bytes});
    row.attributes.set("refused", queues.intake().refused());
    row.attributes.set("drain", std::string{name_of(drain.state)});
    row.attributes.set("drainAll", drain.all);
    row.attributes.set("drainMessages", drain.messages);
    row.attributes.set("drainStaying", drain.staying_messages);
    return row;
}

mgmt::Row store_row(const broker_config::BrokerConfig& config, const broker::Queues& queues) {
    const Disk disk{config.store_path};
    const Sum sum = sum_of(queues);
    mgmt::Row row = plain_store_row(config);
    row.attributes.set("state", queues.store().has_failed() ? "failed" : "open");
    row.attributes.set("fileBytes", or_null(disk.file));
    row.attributes.set("walBytes", or_null(disk.log));
    row.attributes.set("freeBytes", or_null(disk.free));
    row.attributes.set("messages", sum.messages);
    row.attributes.set("messageBytes", sum.bytes);
    row.attributes.set("commits", queues.store().counts().commits);
    row.attributes.set("waitingBytes", std::uint64_t{queues.store().waiting_bytes()});
    return row;
}

void write_role_metrics(bool active, std::uint64_t epoch, daemon::MetricsWriter& out) {
    out.gauge("weft_broker_active", "Whether it has its store; 0: it stands by, or is fenced.",
              active ? 1 : 0);
    out.gauge("weft_broker_epoch",
              "Which broker in a row it is that has had the store; 0: it has it not.", epoch);
}

void write_store_metrics(const broker_config::BrokerConfig& config,
                         const broker::Queues& queues,
                         daemon::MetricsWriter& out) {
    const Disk disk{config.store_path};
    const auto gauge = [&out](std::string_view name, std::string_view help,
                              const std::optional<std::uint64_t>& value) {
        if (value) {
            out.gauge(name, help, *value);
        }
    };
    gauge("weft_store_file_bytes", "The store's database file.", disk.file);
    gauge("weft_store_log_bytes", "Its write-ahead log.", disk.log);
    gauge("weft_store_disk_free_bytes", "What the disk that it is on has left.", disk.free);
    out.gauge("weft_store_failed", "Whether the store failed: the broker serves nothing.",
              queues.store().has_failed() ? 1 : 0);
    out.counter("weft_store_commits_total", "Commits of the store.",
                queues.store().counts().commits);
    out.gauge("weft_store_waiting_bytes", "Bytes that wait to be written.",
              queues.store().waiting_bytes());
    out.gauge("weft_store_damaged_messages",
              "Messages that were set aside because they are damaged, since the store was made.",
              queues.store().counts().damaged);
    const store::Space& space = queues.store().space();
    out.gauge("weft_store_room",
              "Room for messages: 0 plenty, 1 little (producers get no credit), 2 none (messages "
              "are rejected).",
              static_cast<std::uint64_t>(queues.store().room()));
    out.gauge("weft_store_free_bytes", "Bytes that can be taken until there is no room.",
              space.free(queues.store().waiting_bytes()));
    out.gauge("weft_store_reserve_bytes", "Bytes of the disk that the reserve keeps.",
              space.use().reserve);
    out.counter("weft_store_rejected_total", "Messages rejected because there was no room.",
                queues.intake().rejected());
}

}  // namespace weft::broker_mgmt
