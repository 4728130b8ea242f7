#include "mqtt-gateway/node/devices.hpp"

#include "common/base/conditions.hpp"
#include "common/io/log.hpp"
#include "common/io/process.hpp"
#include "common/wire/delivery_state.hpp"
#include "mqtt-gateway/config/log_modules.hpp"
#include "mqtt-gateway/node/messages.hpp"
#include "mqtt-gateway/node/wanted.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <span>

namespace weft::gateway {

using gateway_config::kDeviceModule;
using io::Level;

namespace {

/// Between looks for what has expired and nobody came for.
constexpr Duration kSweepPeriod = std::chrono::seconds{10};
/// Between looks for subscriptions that wait for a link.
constexpr Duration kPatiencePeriod = std::chrono::seconds{1};

}  // namespace

Devices::Devices(io::Loop& loop,
                 session::Settings settings,
                 mqtt_mapping::AddressSpace space,
                 const Limits& limits)
    : loop_{loop},
      settings_{std::move(settings)},
      space_{std::move(space)},
      permissions_{loop, limits.access, own_counters_},
      keeper_{loop,
              {.stored =
                   [this](DeviceId device, session::StoreTicket ticket) {
                       due_.emplace_back(Stored{device, ticket});
                   },
               .retained =
                   [this](DeviceId device, session::PublishTicket ticket, session::Taken taken) {
                       due_.emplace_back(Publisher::Answer{device, ticket, taken});
                   },
               .kept = [this](const Arrival& arrival) { uplink_.settle(arrival, wire::kAccepted); },
               .told = [this] { finish_turn(); },
               .failed =
                   [this](const Error& error) {
                       WEFT_LOG(
                           kDeviceModule, Level::critical,
                           error.text + "; nothing is kept until the gateway is started again");
                       close_all();
                   }}},
      uplink_{loop, *this, limits.uplink},
      retention_{std::make_unique<Retention>(
          loop_,
          uplink_,
          space_,
          keeper_,
          limits.retained,
          Retention::User{
              .searches = {.can_take =
                               [this](DeviceId id) {
                                   const Device* device = roster_.find(id);
                                   return device != nullptr && device->credit() > 0 &&
                                          device->connection != nullptr &&
                                          !device->connection
                                               ->is_to_be_told();  // it is congested now
                               },
                           .give =
                               [this](DeviceId id,
                                      session::SubscriptionNumber subscription,
                                      const mqtt_mapping::SharedMessage& kept) {
                                   return give_retained(id, subscription, kept);
                               },
                           .over =
                               [this](DeviceId id, session::SubscriptionNumber subscription) {
                                   if (Device* device = roster_.find(id)) {
                                       tell(*device,
                                            [subscription](session::Session& session, Instant now,
                                                           session::Output& out) {
                                                session.on_retained_given(subscription, now, out);
                                            });
                                   }
                               }},
              .is_there =
                  [this](DeviceId id, session::SubscriptionNumber subscription) {
                      const Device* device = roster_.find(id);
                      return device != nullptr &&
                             device->session.subscriptions().find(subscription) != nullptr;
                  },
              .told = [this] { finish_turn(); }})},
      publisher_{uplink_,           space_,  permissions_,
                 retention_->all(), keeper_, settings_.publish_timeout,
                 counters_},
      subscriptions_{uplink_, space_, permissions_},
      reader_{space_},
      roster_{limits},
      entrance_{std::make_unique<Entrance>(*this)},
      deadlines_{loop,
                 {.due = [this](DeviceId id) { on_time(*roster_.find(id)); },
                  .told = [this] { finish_turn(); }}},
      sweeper_{loop.every(kSweepPeriod, [this] { sweep(); })},
      patience_{loop.every(kPatiencePeriod, [this] {
          Subscriptions::Answers answers;
          subscriptions_.end_waits(loop_.now(), answers);
          settle_answers(answers);
          if (retention_->queue() != nullptr) {
              keeper_.retained().give_up(loop_.now() - settings_.publish_timeout);
          }
          finish_turn();
      })} {}

Devices::~Devices() = default;

// --- connections --------------------------------------------------------------------------------

std::uint64_t Devices::unique() {
    return std::bit_cast<std::array<std::uint64_t, 2>>(io::random_bytes())[0];
}

bool Devices::read(DeviceConnection& connection, Bytes& in) {
    tell(connection, [&](session::Connection& machine, Instant now, session::Output& out) {
        (void)machine.read(in, now, out);
    });
    return connection.machine().is_reading();
}

void Devices::look_at_congestion(DeviceConnection& connection) {
    if (!connection.finished() && connection.look_at_congestion()) {
        tell(connection, [&](session::Connection& machine, Instant now, session::Output& out) {
            machine.set_congested(connection.is_congested(), now, out);
        });
    }
}

void Devices::on_time(DeviceConnection& connection) {
    tell(connection, [](session::Connection& machine, Instant now, session::Output& out) {
        machine.on_time(now, out);
    });
}

void Devices::on_time(Device& device) {
    device.planned = kNever;
    tell(device, [](session::Session& session, Instant now, session::Output& out) {
        session.on_time(now, out);
    });
}

void Devices::on_lost(DeviceConnection& connection, std::string_view why) {
    WEFT_LOG(kDeviceModule, Level::debug, connection.tag() + " gone: " + std::string{why});
    roster_.remove(connection);
    Device* const device = std::exchange(connection.device, nullptr);
    out_.clear();
    connection.machine().on_lost(loop_.now(), out_);
    if (device != nullptr && device->connection == &connection) {
        device->connection = nullptr;
    }
    carry_out(nullptr, device, out_);
}

void Devices::close(DeviceConnection& connection, mqtt::Reason reason, std::string_view why) {
    tell(connection, [&](session::Connection& machine, Instant now, session::Output& out) {
        machine.close(reason, why, now, out);
    });
}

void Devices::close_all() {
    for (const auto& [id, connection] : connections()) {
        if (!connection->finished()) {
            close(*connection, mqtt::Reason::server_shutting_down, "the gateway is shutting down");
        }
    }
    finish_turn();
}

void Devices::orphan_all() {
    while (!connections().empty()) {
        DeviceConnection& connection = *connections().begin()->second;
        connection.orphan();
        on_lost(connection, "the gateway is gone");
    }
    due_.clear();
}

void Devices::kick(DeviceConnection& connection, std::string_view why) {
    if (!connection.finished()) {
        close(connection, mqtt::Reason::administrative_action, why);
    }
    finish_turn();
}

// --- what sessions are told --------------------------------------------------------

void Devices::finish_turn() {
    in_turn_ = true;
    while (!due_.empty()) {
        const Due due = std::move(due_.front());
        due_.pop_front();
        std::visit(
            [this](const auto& answer) {
                if constexpr (requires { entrance_->take(answer); }) {
                    entrance_->take(answer);
                } else {
                    take(answer);
                }
            },
            due);
    }
    in_turn_ = false;
    remove_ended();
}

void Devices::take(const Unblocked& due) {
    if (DeviceConnection* connection = roster_.find_connection(due.connection)) {
        look_at_congestion(*connection);
        if (connection->may_read_on()) {
            connection->read_on();
        }
    }
}

void Devices::take(const Unsubscribed& due) {
    if (Device* device = roster_.find(due.device)) {
        tell(*device, [&](session::Session& session, Instant now, session::Output& out) {
            session.on_unsubscribed(due.ticket, now, out);
        });
    }
}

void Devices::take(const Stored& due) {
    if (Device* device = roster_.find(due.device)) {
        tell(*device, [&](session::Session& session, Instant now, session::Output& out) {
            session.on_stored(due.ticket, now, out);
        });
    }
}

void Devices::take(const Subscriptions::Answer& due) {
    Device* device = roster_.find(due.device);
    if (device == nullptr) {
        return;
    }
    mqtt::Reason reason = due.reason;
    if (!mqtt::is_failure(reason) &&
        !keeper_.has_room(row_bytes(*device, due.ticket.subscription))) {
        reason = mqtt::Reason::quota_exceeded;
        Subscriptions::Answers answers;
        subscriptions_.unsubscribe(*device, due.ticket.subscription, answers);
        settle_answers(answers);
    }
    tell(*device, [&](session::Session& session, Instant now, session::Output& out) {
        session.on_subscribed(due.ticket, reason, now, out);
    });
    const session::SubscriptionEntry* entry =
        device->session.subscriptions().find(due.ticket.subscription);
    if (due.send_retained && entry != nullptr && !mqtt::is_failure(reason)) {
        retention_->give(device->id, entry->number, entry->filter);
    }
}

void Devices::take(const Publisher::Answer& due) {
    if (Device* device = roster_.find(due.device)) {
        tell(*device, [&](session::Session& session, Instant now, session::Output& out) {
            session.on_published(due.ticket, due.taken, due.why, now, out);
        });
    }
}

// --- the mesh -----------------------------------------------------------------------------------

void Devices::on_up() {
    WEFT_LOG(kDeviceModule, Level::notice, "a router is there: devices are served");
}

void Devices::on_down() {
    WEFT_LOG(kDeviceModule, Level::warning,
             "no router is there: devices that are connected stay, others are refused");
}

void Devices::on_fate(PublicationId id, Fate fate, Bytes state) {
    if (RetainedQueue* queue = retention_->queue(); queue != nullptr && queue->writes(id)) {
        queue->on_fate(id, fate, state);
        return;
    }
    if (SessionRows* rows = entrance_->rows(); rows != nullptr && rows->writes(id)) {
        rows->on_fate(id, fate, state);
        return;
    }
    Device* device = roster_.find(uplink_.publications().find(id)->device);
    if (const auto answer = publisher_.on_fate(id, fate, state, device, loop_.now())) {
        due_.emplace_back(*answer);
    }
    finish_turn();
}

void Devices::on_attached(ReceptionId id) {
    if (QueueBrowser* browser = browser_at(id)) {
        browser->on_attached();
        return;
    }
    Subscriptions::Answers answers;
    subscriptions_.on_attached(id, answers);
    settle_answers(answers);
    if (Device* owner = subscriptions_.owner_of(id).device) {
        subscriptions_.allow(*owner);
    }
    finish_turn();
}

void Devices::on_detached(ReceptionId id) {
    if (QueueBrowser* browser = browser_at(id)) {
        browser->on_detached();
    } else {
        subscriptions_.on_detached(id);
    }
}

void Devices::on_drained(ReceptionId id, bool to_end) {
    if (QueueBrowser* browser = browser_at(id)) {
        browser->on_drained(to_end);
        finish_turn();
    }
}

void Devices::on_refused(ReceptionId id, const Error& why) {
    if (QueueBrowser* browser = browser_at(id)) {
        browser->on_refused(why);
        return;
    }
    WEFT_LOG(kDeviceModule, Level::info,
             "the router refuses " + std::string{subscriptions_.address_of(id)} + ": " +
                 std::string{why.condition} + " " + why.text);
    Subscriptions::Answers answers;
    subscriptions_.on_refused(id, why, answers);
    settle_answers(answers);
    finish_turn();
}

void Devices::settle_answers(const Subscriptions::Answers& answers) {
    due_.insert(due_.end(), answers.begin(), answers.end());
}

void Devices::on_message(const Arrival& arrival, Bytes message) {
    if (RetainedQueue* queue = retention_->queue();
        queue != nullptr && queue->browser().reads(arrival.reception)) {
        queue->on_message(arrival, message);
        return;
    }
    if (SessionRows* rows = entrance_->rows();
        rows != nullptr && rows->browser().reads(arrival.reception)) {
        rows->on_message(arrival, message);
        return;
    }
    const Moment moment = Moment::at(loop_.now());
    const std::string_view address = subscriptions_.address_of(arrival.reception);
    const auto read = reader_.read(message, address, moment.wall);
    if (!read) {
        ++own_counters_.unreadable;
        uplink_.settle(arrival, wire::rejected(kDecodeError, name_of(read.error())));
        return;
    }
    const Subscriptions::Wanted owner = subscriptions_.owner_of(arrival.reception);
    // What comes again of a queue is what was released, and no second copy.
    const bool has_name = !read->name.empty() && owner.device == nullptr;
    const std::string key = has_name ? mqtt_mapping::seen_key(address, *read) : std::string{};
    if (has_name && repeats_.is_repeat(key)) {
        leave_out(arrival);
        return;
    }
    if (read->retain && roster_.find(read->client_id) == nullptr) {
        publisher_.keep_of_others(*read);
    }
    if (owner.device != nullptr && subscriptions_.is_kept(arrival.reception)) {
        deliver_kept(*owner.device, arrival, *read, moment);
    } else if (owner.device != nullptr) {
        numbers_.assign({owner.number});
        owner.device->share = Device::kNoShare;  // it used credit of one link
        deliver(*owner.device, {.message = message_of(*read, moment),
                                .subscriptions = numbers_,
                                .token = owner.device->hold({.arrival = arrival})});
    } else {
        subscriptions_.match(arrival.reception, *read, wanted_);
        const bool others_have_it = has_name && subscriptions_.take_out(wanted_, [&](auto lost) {
            return repeats_.is_repeat(mqtt_mapping::seen_key(lost, *read));
        });
        if (others_have_it && wanted_.empty()) {
            leave_out(arrival);
            return;
        }
        has_name ? fan_out_once(arrival, key, *read, moment, others_have_it)
                 : fan_out(arrival, *read, moment, false);
    }
    finish_turn();
}

/// It came before.
void Devices::leave_out(const Arrival& arrival) {
    ++own_counters_.duplicates;
    keeper_.keep(arrival);  // the first may not be on disk yet
    finish_turn();
}

/// One that may come again: it is known from now on, and on disk it is known there, too.
void Devices::fan_out_once(const Arrival& arrival,
                           const std::string& key,
                           const mqtt_mapping::MeshMessage& message,
                           const Moment& moment,
                           bool others_have_it) {
    const Repeats::Group group = repeats_.group();
    if (!wanted_.empty()) {
        const bool is_stored = std::ranges::any_of(
            wanted_, [this](const auto& wanted) { return keeper_.keeps_for(*wanted.device); });
        own_counters_.names_forgotten += repeats_.remember(key, is_stored ? &group : nullptr);
    }
    fan_out(arrival, message, moment, others_have_it);
}

/// To all in `wanted_`. What stands in queues of the store is the gateway's once it is on disk, all
/// else at once. `others_have_it`: some got it before, and theirs may not be there yet.
void Devices::fan_out(const Arrival& arrival,
                      const mqtt_mapping::MeshMessage& message,
                      const Moment& moment,
                      bool others_have_it) {
    if (wanted_.empty()) {
        ++own_counters_.unwanted;
        uplink_.settle(arrival, wire::kAccepted);
        return;
    }
    const session::MessagePtr shared = message_of(message, moment);
    const mqtt_mapping::SharedMessage kept =
        keeper_.store() != nullptr ? kept_of(message) : nullptr;
    const auto copies = wanted_.front().device == wanted_.back().device
                            ? mqtt_store::Store::Copies::one
                            : mqtt_store::Store::Copies::many;
    bool is_kept = others_have_it;
    for (std::size_t at = 0; at < wanted_.size();) {
        Device& device = *wanted_[at].device;
        numbers_.clear();
        for (; at < wanted_.size() && wanted_[at].device == &device; ++at) {
            numbers_.push_back(wanted_[at].number);
        }
        if (kept != nullptr && keeper_.keeps_for(device) && gets_qos(device, numbers_, message)) {
            is_kept = queue_for(device, kept, copies, shared) || is_kept;
        } else {
            deliver(device, {.message = shared, .subscriptions = numbers_});
        }
    }
    if (is_kept) {
        keeper_.keep(arrival);
    } else {
        uplink_.settle(arrival, wire::kAccepted);
    }
}

void Devices::deliver(Device& device, const session::Delivery& delivery) {
    tell(device, [&](session::Session& session, Instant now, session::Output& out) {
        session.deliver(delivery, now, out);
    });
}

// --- retained messages ---------------------------------------------------------------------------

bool Devices::give_retained(DeviceId id,
                            session::SubscriptionNumber subscription,
                            const mqtt_mapping::SharedMessage& kept) {
    Device* device = roster_.find(id);
    if (device == nullptr || device->session.subscriptions().find(subscription) == nullptr) {
        return false;
    }
    const Moment moment = Moment::at(loop_.now());
    if (kept->expires() > moment.wall) {
        const std::array numbers{subscription};
        deliver(*device,
                {.message = message_of(*kept, moment), .subscriptions = numbers, .retained = true});
    }
    return true;
}

/// Null: no queue is browsed by that link.
QueueBrowser* Devices::browser_at(ReceptionId id) const {
    if (RetainedQueue* queue = retention_->queue();
        queue != nullptr && queue->browser().reads(id)) {
        return &queue->browser();
    }
    SessionRows* rows = entrance_->rows();
    return rows != nullptr && rows->browser().reads(id) ? &rows->browser() : nullptr;
}

/// Of all that the session subscribed to at that address the broker has one queue.
void Devices::deliver_kept(Device& device,
                           const Arrival& arrival,
                           const mqtt_mapping::MeshMessage& message,
                           const Moment& moment) {
    subscriptions_.match(arrival.reception, message, wanted_);
    numbers_.clear();
    for (const Subscriptions::Wanted& wanted : wanted_) {
        numbers_.push_back(wanted.number);
    }
    device.share = Device::kNoShare;  // it used credit of one link
    if (numbers_.empty()) {
        ++own_counters_.unwanted;
        uplink_.settle(arrival, wire::kAccepted);
        subscriptions_.allow(device);
        return;
    }
    deliver(device, {.message = message_of(message, moment),
                     .subscriptions = numbers_,
                     .token = device.hold({.arrival = arrival})});
}

// --- sessions -----------------------------------------------------------------------------------

void Devices::remove_ended() {
    for (const DeviceId id : ended_) {
        Device* device = roster_.find(id);
        if (device == nullptr) {
            continue;
        }
        subscriptions_.drop(*device);
        publisher_.leave(*device);
        retention_->drop(id);
        deadlines_.forget(*device);
        roster_.remove(*device);
    }
    ended_.clear();
}

}  // namespace weft::gateway
