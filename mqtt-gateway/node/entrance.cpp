#include "mqtt-gateway/node/entrance.hpp"

#include "common/io/log.hpp"
#include "mqtt-gateway/config/log_modules.hpp"
#include "mqtt-gateway/node/devices.hpp"
#include "mqtt-gateway/node/messages.hpp"

#include <memory>
#include <string>
#include <utility>

namespace weft::gateway {

using gateway_config::kDeviceModule;
using io::Level;

void Entrance::share_sessions(SessionRows::Options options) {
    all_.subscriptions_.keep_at_brokers(options.gateway);
    rows_ = std::make_unique<SessionRows>(
        all_.loop_, all_.uplink_, std::move(options),
        SessionRows::Events{
            .stored =
                [this](DeviceId device, session::StoreTicket ticket) {
                    all_.due_.emplace_back(Stored{device, ticket});
                },
            .lost = [this](const std::string& client_id) { lose(all_.roster_.find(client_id)); },
            .inherited = [this](const std::string& client_id) { inherit(client_id); },
            .met =
                [this](const std::string& key) {
                    constexpr std::size_t kKind = 2;  // "s/"
                    lose(all_.roster_.find(std::string_view{key}.substr(kKind)));
                },
            .told =
                [this] {
                    if (!all_.in_turn_) {
                        all_.finish_turn();
                    }
                }});
    all_.keeper_.use(*rows_);
}

// --- who comes -----------------------------------------------------------------------------------

bool Entrance::admits() {
    const bool admits = all_.roster_.admits(all_.loop_.now());
    all_.own_counters_.shed_connections += admits ? 0 : 1;
    return admits;
}

/// Whether there is room, and somebody to talk to; then who it is.
void Entrance::take(const Arrived& due) {
    const DeviceConnection* connection = all_.roster_.find_connection(due.connection);
    if (connection == nullptr) {
        return;
    }
    const auto refuse = [&](mqtt::Reason reason, std::string_view why) {
        all_.due_.emplace_back(Known{.connection = due.connection, .reason = reason, .why = why});
    };
    if (all_.keeper_.has_failed()) {
        refuse(mqtt::Reason::server_unavailable, "nothing can be kept");
    } else if (!all_.uplink_.is_up()) {
        refuse(mqtt::Reason::server_unavailable, "no router is there");
    } else if (rows_ && !rows_->may_serve()) {
        refuse(mqtt::Reason::server_unavailable,
               "the queue of sessions is not there, or refuses this gateway");
    } else if (const auto refusal = all_.roster_.refusal(all_.loop_.now())) {
        refuse(refusal->first, refusal->second);
    } else {
        const std::uint64_t id = due.connection;
        connection->knock(
            due.user_name, due.password,
            [this, id] { return all_.roster_.find_connection(id) != nullptr; },
            [this, id](mqtt::Reason reason, std::string user, std::string_view why) {
                all_.due_.emplace_back(Known{id, reason, std::move(user), why});
                if (!all_.in_turn_) {
                    all_.finish_turn();
                }
            });
    }
}

void Entrance::take(const Known& due) {
    DeviceConnection* connection = all_.roster_.find_connection(due.connection);
    if (connection == nullptr) {
        return;
    }
    connection->user = due.user;
    all_.own_counters_.refused_connections += is_failure(due.reason) ? 1U : 0U;
    all_.tell(*connection, [&](session::Connection& machine, Instant, session::Output& out) {
        machine.on_authenticated(due.reason, due.why, out);
    });
}

void Entrance::take(const Opened& due) {
    DeviceConnection* const asks = all_.roster_.find_connection(due.connection);
    if (asks == nullptr || asks->finished()) {
        return;
    }
    if (!due.may_leave_will) {
        refuse(*asks, mqtt::Reason::not_authorized, "the will's topic is not allowed");
        return;
    }
    all_.remove_ended();
    const Device* known = all_.roster_.find(due.client_id);
    if (rows_ && known == nullptr && due.found == Opened::Found::unknown) {
        look_up(due);
        return;
    }
    if (due.found == Opened::Found::elsewhere) {
        refuse(*asks, mqtt::Reason::server_unavailable,
               "another gateway has just taken the session");
        return;
    }
    const bool has_room = all_.keeper_.has_room(row_bytes(known, due.client_id, due.will_bytes));
    if (has_room && known != nullptr && known->connection != nullptr) {
        all_.close(*known->connection, mqtt::Reason::session_taken_over,
                   "a client with the same client identifier has connected");
    }
    all_.remove_ended();  // that client's, perhaps
    end_others(all_.roster_.find(due.client_id), *asks);
    Device* device =
        has_room ? all_.roster_.open(due.client_id, all_.unique(), all_.settings_, all_.counters_)
                 : nullptr;
    if (device == nullptr) {
        refuse(*asks, mqtt::Reason::quota_exceeded, "there is no room for more sessions");
        return;
    }
    device->connection = asks;
    asks->device = device;
    WEFT_LOG(kDeviceModule, Level::debug,
             asks->tag() + " " + asks->peer() + " is client " + due.client_id);
    all_.tell(*asks, [&](session::Connection& machine, Instant now, session::Output& out) {
        machine.on_session(device->session, now, out);
    });
    device->user = asks->user;  // a will that ends with the session before is not its own
}

/// What waits for somebody who may have more is not for who comes now: that one's session begins
/// anew.
void Entrance::end_others(Device* device, const DeviceConnection& comes) {
    if (device == nullptr || device->connection != nullptr || device->user == comes.user ||
        all_.permissions_.may_have_all(*device, comes.user)) {
        return;
    }
    all_.tell(*device, [](session::Session& session, Instant now, session::Output& out) {
        session.end(now, out);
    });
    all_.remove_ended();
}

void Entrance::refuse(DeviceConnection& connection, mqtt::Reason reason, std::string_view why) {
    ++all_.own_counters_.refused_connections;
    all_.tell(connection, [&](session::Connection& machine, Instant, session::Output& out) {
        machine.refuse(reason, why, out);
    });
}

// --- sessions that other gateways had, or have ---------------------------------------------------

/// A client connects whose session, if there is one, is at another gateway.
void Entrance::look_up(const Opened& due) {
    rows_->look_up(due.client_id, [this, asked = due](bool is_ours) mutable {
        asked.found = is_ours ? Opened::Found::here : Opened::Found::elsewhere;
        all_.due_.emplace_back(std::move(asked));
    });
}

/// A session that another gateway had, and that nobody else acts for from now on. If its device was
/// there until its gateway was gone, its will is due as if the device had left now.
void Entrance::inherit(const std::string& client_id) {
    const Moment moment = Moment::at(all_.loop_.now());
    for (const mqtt_store::KnownWill& will : rows_->fired(client_id)) {
        all_.publisher_.publish_will(will, moment);
    }
    const mqtt_store::SessionRecord* record = rows_->record(client_id);
    if (record == nullptr || all_.roster_.find(client_id) != nullptr) {
        return;
    }
    all_.take_kept(record->known(mqtt_store::SessionNumber{1}), moment);
    Device& device = *all_.roster_.find(client_id);
    device.is_inherited = true;
    all_.tell(device, [](session::Session& session, Instant now, session::Output& out) {
        session.on_time(now, out);
    });
}

/// The session is another gateway's. What this one has of it goes, and nothing is said of it to
/// anybody but the device. Null: it has nothing.
void Entrance::lose(Device* device) {
    if (device == nullptr) {
        return;
    }
    WEFT_LOG(gateway_config::kDeviceModule, io::Level::info,
             "client " + device->session.client_id() + " has its session at another gateway");
    device->is_lost = true;
    if (device->connection != nullptr) {
        all_.close(*device->connection, mqtt::Reason::session_taken_over,
                   "its session is at another gateway");
    }
    all_.ended_.push_back(device->id);
}

}  // namespace weft::gateway
