#include "mqtt-gateway/mgmt/device_entities.hpp"

#include "common/base/conditions.hpp"
#include "common/daemon/rows.hpp"
#include "common/io/loop.hpp"
#include "common/security/identity.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <string_view>
#include <vector>

namespace weft::gateway_mgmt {
namespace {

using gateway::Device;
using gateway::DeviceConnection;
using gateway::Devices;
using gateway::RetainedQueue;
using gateway::SessionRows;
using mgmt::Kind;
using mgmt::reading;

/// The page of a map, whose iterators only step.
template <class Map, class MakeRow>
void show_part(const Map& map,
               std::size_t offset,
               std::size_t count,
               const mgmt::Source::Visit& visit,
               MakeRow row) {
    auto at = std::next(map.begin(), static_cast<std::ptrdiff_t>(std::min(offset, map.size())));
    for (; at != map.end() && count > 0 && visit(row(*at->second)); ++at) {
        --count;
    }
}

std::string version_of(const DeviceConnection& connection) {
    const bool told = connection.machine().phase() != session::Peer::Phase::waiting;
    return told ? std::string{name_of(connection.machine().version())} : std::string{};
}

mgmt::Row client_row(const DeviceConnection& connection, Instant now) {
    const Device* device = connection.device;
    const std::string client = device != nullptr ? device->session.client_id() : std::string{};
    return {.identity = std::to_string(connection.id()),
            .name = client,
            .attributes = {
                {"clientId", client},
                {"host", connection.peer()},
                {"listener", connection.door->name()},
                {"user", connection.user.empty() ? security::Identity{}.user : connection.user},
                {"version", version_of(connection)},
                {"keepAliveSeconds", std::uint64_t{connection.machine().keep_alive_seconds()}},
                {"uptimeSeconds", daemon::whole_seconds(now - connection.since())},
                {"adminStatus", connection.finished() ? "deleted" : "enabled"}}};
}

mgmt::Row session_row(const Device& device, Instant now) {
    const session::Session& session = device.session;
    mgmt::Row row{.identity = std::to_string(device.id),
                  .name = session.client_id(),
                  .attributes = {{"clientId", session.client_id()},
                                 {"connected", session.is_connected()},
                                 {"epoch", session.life().epoch},
                                 {"expirySeconds", std::uint64_t{session.life().expiry_seconds}},
                                 {"subscriptions", std::uint64_t{session.subscriptions().size()}},
                                 {"queuedMessages", std::uint64_t{session.outgoing().waiting()}},
                                 {"queuedBytes", std::uint64_t{session.outgoing().bytes()}},
                                 {"inFlight", std::uint64_t{session.outgoing().in_flight()}},
                                 {"publishing", std::uint64_t{session.incoming().unfinished()}},
                                 {"will", session.will().has_value()}}};
    if (const Instant due = session.deadline(); !session.is_connected() && due != kNever) {
        row.attributes.set("endsInSeconds", daemon::whole_seconds(due - now));
    }
    return row;
}

mgmt::Row subscription_row(const Device& device, const session::SubscriptionEntry& entry) {
    const std::string& client = device.session.client_id();
    return {.identity = std::to_string(device.id) + "/" +
                        std::to_string(static_cast<std::uint32_t>(entry.number)),
            .name = client + " " + entry.filter,
            .attributes = {{"clientId", client},
                           {"filter", entry.filter},
                           {"qos", std::uint64_t{static_cast<std::uint8_t>(entry.qos)}},
                           {"granted", entry.granted},
                           {"noLocal", entry.no_local},
                           {"retainAsPublished", entry.retain_as_published},
                           {"identifier", std::uint64_t{entry.identifier}}}};
}

mgmt::Row retained_row(const mqtt_mapping::KeptMessage& kept) {
    const mqtt::Publish publish = kept.publish();
    return {.identity = std::string{publish.topic},
            .name = std::string{publish.topic},
            .attributes = {{"topic", publish.topic},
                           {"qos", std::uint64_t{static_cast<std::uint8_t>(publish.qos)}},
                           {"payloadBytes", std::uint64_t{publish.payload.size()}},
                           {"clientId", kept.client_id()}}};
}

/// A number that counts up.
struct CounterFamily {
    std::string_view name;
    std::string_view help;
    std::uint64_t (*read)(const Devices& devices);
};

/// Of the queue of retained messages; 0: there is none.
std::uint64_t queue_counter(const Devices& devices, std::uint64_t RetainedQueue::Counters::*which) {
    const RetainedQueue* queue = devices.retention().queue();
    return queue == nullptr ? 0 : queue->counters().*which;
}

/// Of the queue of sessions, likewise.
std::uint64_t row_counter(const Devices& devices, std::uint64_t SessionRows::Counters::*which) {
    const SessionRows* rows = devices.entrance().rows();
    return rows == nullptr ? 0 : rows->counters().*which;
}

constexpr std::array kCounters{
    CounterFamily{"weft_mqtt_connects_total", "Devices that connected.",
                  [](const Devices& d) { return d.counters().connected; }},
    CounterFamily{"weft_mqtt_resumed_total", "Of these: with a session that was there.",
                  [](const Devices& d) { return d.counters().resumed; }},
    CounterFamily{"weft_mqtt_connects_refused_total", "Connections refused.",
                  [](const Devices& d) { return d.counters().refused; }},
    CounterFamily{"weft_mqtt_connections_shed_total",
                  "Connections closed before a word was heard: too many, or too fast.",
                  [](const Devices& d) { return d.own_counters().shed_connections; }},
    CounterFamily{"weft_mqtt_faults_total", "Devices disconnected for what they sent.",
                  [](const Devices& d) { return d.counters().faults; }},
    CounterFamily{"weft_mqtt_timed_out_total", "Devices disconnected for their silence.",
                  [](const Devices& d) { return d.counters().timed_out; }},
    CounterFamily{"weft_mqtt_taken_over_total",
                  "Devices disconnected since another has their client identifier.",
                  [](const Devices& d) { return d.counters().taken_over; }},
    CounterFamily{"weft_mqtt_wills_total", "Wills published.",
                  [](const Devices& d) { return d.publisher().counters().wills; }},
    CounterFamily{"weft_mqtt_wills_lost_total",
                  "Of these: not taken by the mesh, or by nobody in time.",
                  [](const Devices& d) { return d.publisher().counters().wills_lost; }},
    CounterFamily{"weft_mqtt_published_total", "Publishes of devices.",
                  [](const Devices& d) { return d.counters().published; }},
    CounterFamily{"weft_mqtt_publish_retries_total", "Publishes tried again.",
                  [](const Devices& d) { return d.counters().publish_retries; }},
    CounterFamily{"weft_mqtt_publish_timeouts_total", "Publishes that nobody took in time.",
                  [](const Devices& d) { return d.counters().publish_timeouts; }},
    CounterFamily{"weft_mqtt_publishes_refused_total", "Publishes refused.",
                  [](const Devices& d) { return d.counters().publishes_refused; }},
    CounterFamily{"weft_mqtt_delivered_total", "Publishes to devices.",
                  [](const Devices& d) { return d.counters().delivered; }},
    CounterFamily{"weft_mqtt_resent_total", "Of these: sent again.",
                  [](const Devices& d) { return d.counters().resent; }},
    CounterFamily{"weft_mqtt_id_waits_total",
                  "Publishes that came while their packet identifier was in use, and waited.",
                  [](const Devices& d) { return d.counters().id_waits; }},
    CounterFamily{"weft_mqtt_device_rejected_total", "Publishes that devices refused.",
                  [](const Devices& d) { return d.counters().device_rejected; }},
    CounterFamily{"weft_mqtt_subscriptions_refused_total", "Subscriptions refused.",
                  [](const Devices& d) { return d.counters().subscriptions_refused; }},
    CounterFamily{"weft_mqtt_denied_publishes_total", "Publishes that no rule of acl allows.",
                  [](const Devices& d) { return d.own_counters().denied_publishes; }},
    CounterFamily{"weft_mqtt_denied_subscriptions_total",
                  "Subscriptions that no rule of acl allows.",
                  [](const Devices& d) { return d.own_counters().denied_subscriptions; }},
    CounterFamily{"weft_mqtt_denied_wills_total",
                  "Connections refused for wills that no rule of acl allows.",
                  [](const Devices& d) { return d.own_counters().denied_wills; }},
    CounterFamily{"weft_mqtt_mesh_sent_total", "Messages given to the mesh.",
                  [](const Devices& d) { return d.uplink().counters().published; }},
    CounterFamily{"weft_mqtt_mesh_received_total", "Messages taken from the mesh.",
                  [](const Devices& d) { return d.uplink().counters().received; }},
    CounterFamily{"weft_mqtt_duplicates_total",
                  "Messages of the mesh that came a second time, and were left out.",
                  [](const Devices& d) { return d.own_counters().duplicates; }},
    CounterFamily{"weft_mqtt_names_forgotten_total",
                  "Messages that would not be known any more if they came a second time.",
                  [](const Devices& d) { return d.own_counters().names_forgotten; }},
    CounterFamily{
        "weft_mqtt_retained_refused_total",
        "Retained messages of devices that the queue of all gateways refused.",
        [](const Devices& d) { return queue_counter(d, &RetainedQueue::Counters::rows_refused); }},
    CounterFamily{
        "weft_mqtt_retained_unreadable_total",
        "Messages of that queue that are no retained messages.",
        [](const Devices& d) { return queue_counter(d, &RetainedQueue::Counters::rows_invalid); }},
    CounterFamily{
        "weft_mqtt_retained_again_total",
        "Retained messages that were written there once more, since another gateway had "
        "written the topic meanwhile.",
        [](const Devices& d) { return queue_counter(d, &RetainedQueue::Counters::fenced); }},
    CounterFamily{"weft_mqtt_retained_elsewhere_total",
                  "Messages of clients of AMQP that are to be retained, which gateways that share "
                  "a queue leave to these clients.",
                  [](const Devices& d) { return d.publisher().counters().retained_elsewhere; }},
    CounterFamily{"weft_mqtt_sessions_claimed_total",
                  "Sessions that were taken over from another gateway.",
                  [](const Devices& d) { return row_counter(d, &SessionRows::Counters::claimed); }},
    CounterFamily{"weft_mqtt_sessions_lost_total", "Sessions that another gateway took over.",
                  [](const Devices& d) { return row_counter(d, &SessionRows::Counters::lost); }},
    CounterFamily{"weft_mqtt_sessions_refused_total",
                  "Sessions that the queue of all gateways did not take.",
                  [](const Devices& d) { return row_counter(d, &SessionRows::Counters::refused); }},
    CounterFamily{
        "weft_mqtt_sessions_unreadable_total", "Messages of that queue that are no sessions.",
        [](const Devices& d) { return row_counter(d, &SessionRows::Counters::unreadable); }},
    CounterFamily{"weft_mqtt_routers_total", "Connections to routers that were used.",
                  [](const Devices& d) { return d.uplink().counters().takeovers; }}};

/// Why a message was dropped.
constexpr std::array kDrops{
    CounterFamily{"congested", "", [](const Devices& d) { return d.counters().dropped_congested; }},
    CounterFamily{"offline", "", [](const Devices& d) { return d.counters().dropped_offline; }},
    CounterFamily{
        "queue-full", "",
        [](const Devices& d) { return d.counters().dropped_full + d.own_counters().queue_full; }},
    CounterFamily{"too-large", "", [](const Devices& d) { return d.counters().dropped_too_large; }},
    CounterFamily{
        "expired", "",
        [](const Devices& d) { return d.counters().dropped_expired + d.own_counters().expired; }},
    CounterFamily{"unmatched", "", [](const Devices& d) { return d.counters().unmatched; }},
    CounterFamily{"unreadable", "", [](const Devices& d) { return d.own_counters().unreadable; }},
    CounterFamily{"unwanted", "", [](const Devices& d) { return d.own_counters().unwanted; }},
    CounterFamily{"acknowledged-unsent", "",
                  [](const Devices& d) { return d.counters().publishes_dropped; }},
    CounterFamily{"no-address", "",
                  [](const Devices& d) { return d.publisher().counters().dropped_no_address; }},
    CounterFamily{"no-router", "",
                  [](const Devices& d) { return d.publisher().counters().dropped_no_router; }},
    CounterFamily{"publish-bytes", "",
                  [](const Devices& d) { return d.publisher().counters().dropped_full; }},
    CounterFamily{"not-allowed", "",
                  [](const Devices& d) { return d.own_counters().denied_drops; }},
    CounterFamily{"invalid", "",
                  [](const Devices& d) { return d.publisher().counters().dropped_invalid; }},
    CounterFamily{"no-credit", "", [](const Devices& d) { return d.uplink().counters().dropped; }},
    CounterFamily{"mesh-too-large", "",
                  [](const Devices& d) { return d.uplink().counters().too_large; }},
    CounterFamily{"retained-full", "", [](const Devices& d) {
                      return d.publisher().counters().retained_full +
                             queue_counter(d, &RetainedQueue::Counters::rows_full);
                  }}};

}  // namespace

mgmt::EntityType client_type() {
    return {.short_name = "mqttClient",
            .description = "A device that is connected.",
            .operations = {"UPDATE"},
            .attributes = {
                reading("clientId", Kind::string, "Its client identifier; empty: not told yet."),
                reading("host", Kind::string, "Where it comes from."),
                reading("listener", Kind::string, "What it came in by."),
                reading("user", Kind::string, "Who it is, as it proved; or anonymous."),
                reading("version", Kind::string, "Of MQTT; empty: not told yet."),
                reading("keepAliveSeconds", Kind::integer, "Keep alive in force; 0: none."),
                reading("uptimeSeconds", Kind::integer, "Since it connected."),
                mgmt::updatable(mgmt::setting("adminStatus", mgmt::one_of({"enabled", "deleted"}),
                                              "Set to deleted, it is disconnected.", "enabled"))}};
}

mgmt::EntityType session_type() {
    return {.short_name = "mqttSession",
            .description = "What the gateway has of a client identifier.",
            .attributes = {
                reading("clientId", Kind::string, "The client identifier."),
                reading("connected", Kind::boolean, "Whether its device is there."),
                reading("epoch", Kind::integer, "How often it was connected."),
                reading("expirySeconds", Kind::integer, "How long it is kept without its device."),
                reading("subscriptions", Kind::integer, "Its subscriptions."),
                reading("queuedMessages", Kind::integer, "Messages that wait for the device."),
                reading("queuedBytes", Kind::integer, "Bytes of them, and of those in flight."),
                reading("inFlight", Kind::integer, "Messages that the device has not settled."),
                reading("publishing", Kind::integer,
                        "Publishes of the device that the mesh has not settled."),
                reading("will", Kind::boolean, "Whether it has a will."),
                reading("endsInSeconds", Kind::integer,
                        "When its will is published or it ends, if it is without device.")}};
}

mgmt::EntityType subscription_type() {
    return {
        .short_name = "mqttSubscription",
        .description = "A subscription of a session.",
        .attributes = {
            reading("clientId", Kind::string, "Whose session."),
            reading("filter", Kind::string, "The topic filter, as subscribed."),
            reading("qos", Kind::integer, "The QoS that was granted."),
            reading("granted", Kind::boolean, "Whether the mesh has it."),
            reading("noLocal", Kind::boolean, "Whether the device's own messages are left out."),
            reading("retainAsPublished", Kind::boolean, "Whether RETAIN is kept as it was."),
            reading("identifier", Kind::integer, "The subscription identifier; 0: none.")}};
}

mgmt::EntityType retained_type() {
    return {.short_name = "mqttRetained",
            .description = "A message that is kept for its topic.",
            .attributes = {reading("topic", Kind::string, "The topic."),
                           reading("qos", Kind::integer, "The QoS that it was published with."),
                           reading("payloadBytes", Kind::integer, "Bytes of its payload."),
                           reading("clientId", Kind::string, "Who published it.")}};
}

void ClientSource::read(std::size_t offset, std::size_t count, const Visit& visit) const {
    show_part(devices_.connections(), offset, count, visit,
              [this](const DeviceConnection& each) { return client_row(each, loop_.now()); });
}

Result<mgmt::Row> ClientSource::update(const std::string& identity, mgmt::Attributes changes) {
    const auto found = devices_.connections().find(daemon::number_of(identity));
    if (found == devices_.connections().end()) {
        return fail(kNotFound, "The device is gone");
    }
    const wire::Value* status = changes.find("adminStatus");
    if (status != nullptr && *status == wire::Value{"deleted"}) {
        devices_.kick(*found->second, "closed by management");
    } else if (status != nullptr) {
        return fail(kInvalidField, "A device that was disconnected can't be enabled again");
    }
    return client_row(*found->second, loop_.now());
}

void SessionSource::read(std::size_t offset, std::size_t count, const Visit& visit) const {
    show_part(devices_.all(), offset, count, visit,
              [this](const Device& each) { return session_row(each, loop_.now()); });
}

std::size_t SubscriptionSource::size() const {
    std::size_t size = 0;
    for (const auto& [id, device] : devices_.all()) {
        size += device->session.subscriptions().size();
    }
    return size;
}

void SubscriptionSource::read(std::size_t offset, std::size_t count, const Visit& visit) const {
    for (const auto& [id, device] : devices_.all()) {
        const auto& entries = device->session.subscriptions().all();
        if (offset >= entries.size()) {
            offset -= entries.size();
            continue;
        }
        for (std::size_t i = offset; i < entries.size(); ++i) {
            if (count == 0 || !visit(subscription_row(*device, entries[i]))) {
                return;
            }
            --count;
        }
        offset = 0;
    }
}

void RetainedSource::read(std::size_t offset, std::size_t count, const Visit& visit) const {
    constexpr std::size_t kStepsAtOnce = 1000;
    mqtt_mapping::Retained::Search search{.filter = "#"};
    std::vector<mqtt_mapping::SharedMessage> found;
    while (!search.done && count > 0) {
        found.clear();
        devices_.retention().all().match(search, kStepsAtOnce, found);
        for (std::size_t i = std::min(offset, found.size()); i < found.size() && count > 0; ++i) {
            if (!visit(retained_row(*found[i]))) {
                return;
            }
            --count;
        }
        offset -= std::min(offset, found.size());
    }
}

void write_device_metrics(const Devices& devices, daemon::MetricsWriter& out) {
    constexpr std::string_view kConnections = "weft_mqtt_connections";
    std::array<std::uint64_t, 6> versions{};
    for (const auto& [id, connection] : devices.connections()) {
        ++versions[static_cast<std::size_t>(connection->machine().version())];
    }
    out.family(kConnections, "gauge", "Devices that are connected, by version of MQTT.");
    for (const mqtt::Version version :
         {mqtt::Version::v3_1, mqtt::Version::v3_1_1, mqtt::Version::v5}) {
        out.sample(kConnections, {{"version", name_of(version)}},
                   versions[static_cast<std::size_t>(version)]);
    }
    out.gauge("weft_mqtt_sessions", "Sessions.", devices.all().size());
    out.gauge("weft_mqtt_subscriptions", "Subscriptions.", devices.subscriptions().size());
    out.gauge("weft_mqtt_filters", "Topic filters that are subscribed to.",
              devices.subscriptions().filters());
    out.gauge("weft_mqtt_links", "Links from routers.", devices.uplink().receptions());
    out.gauge("weft_mqtt_retained", "Retained messages.", devices.retention().all().size());
    out.gauge("weft_mqtt_retained_bytes", "Bytes of them.", devices.retention().all().bytes());
    out.gauge("weft_mqtt_queued_bytes",
              "Bytes of messages that wait for devices, and of those in flight to them.",
              devices.counters().queued_bytes);
    out.gauge("weft_mqtt_will_bytes", "Bytes of wills that the mesh does not have yet.",
              devices.counters().will_bytes);
    out.gauge("weft_mqtt_publishing", "Publishes that the mesh has not settled.",
              devices.uplink().publications().size());
    out.gauge("weft_mqtt_publishing_bytes", "Bytes of them.",
              devices.uplink().publications().bytes());
    out.gauge("weft_mqtt_router_connected", "Whether a router is there.",
              devices.uplink().is_up() ? 1 : 0);
    for (const CounterFamily& counter : kCounters) {
        out.counter(counter.name, counter.help, counter.read(devices));
    }
    constexpr std::string_view kDropped = "weft_mqtt_dropped_total";
    out.family(kDropped, "counter", "Messages that were dropped, by reason.");
    for (const CounterFamily& drop : kDrops) {
        out.sample(kDropped, {{"reason", drop.name}}, drop.read(devices));
    }
}

}  // namespace weft::gateway_mgmt
