#include "common/io/log.hpp"
#include "mqtt-gateway/config/log_modules.hpp"
#include "mqtt-gateway/node/devices.hpp"
#include "mqtt-gateway/node/messages.hpp"

#include <algorithm>
#include <optional>
#include <string>

namespace weft::gateway {

using gateway_config::kDeviceModule;
using io::Level;

/// Carries out what a session or connection asks for. Neither is called from here.
class Devices::Actions {
public:
    /// `connection` null: it is gone; `device` null: there is no session yet.
    Actions(Devices& all, DeviceConnection* connection, Device* device)
        : all_{all}, connection_{connection}, device_{device} {}

    void operator()(const session::Authenticate& asked) const;
    void operator()(const session::OpenSession& asked) const;
    void operator()(const session::Close& asked) const;
    void operator()(const session::Publish& asked) const;
    void operator()(const session::Republish& asked) const;
    void operator()(const session::Abandon& asked) const;
    void operator()(const session::Subscribe& asked) const;
    void operator()(const session::Unsubscribe& asked) const;
    void operator()(const session::Settle& asked) const;
    void operator()(const session::FireWill& asked) const;
    void operator()(const session::Ended& asked) const;
    void operator()(const session::StoreSession& asked) const {
        if (!device_->is_lost) {
            all_.keeper_.perform(*device_, asked, Moment::at(all_.loop_.now()));
        }
    }
    /// All else is the store's.
    template <class Kept>
    void operator()(const Kept& asked) const {
        if (!device_->is_lost) {
            all_.keeper_.perform(*device_, asked);
        }
    }

private:
    Devices& all_;
    DeviceConnection* connection_;
    Device* device_;
};

void Devices::carry_out(DeviceConnection* connection, Device* device, session::Output& out) {
    if (connection != nullptr) {
        connection->send(out.bytes);
    }
    const Actions actions{*this, connection, device};
    for (const session::Action& action : out.actions) {
        std::visit(actions, action);
    }
    if (device != nullptr && !device->is_lost) {
        deadlines_.plan(*device);
        subscriptions_.allow(*device);
        read_queue(*device);
        retention_->resume(device->id);
    }
    if (connection != nullptr && !connection->finished() &&
        (connection->may_read_on() || connection->is_to_be_told())) {
        due_.emplace_back(Unblocked{connection->id()});
    }
}

// --- connecting ---------------------------------------------------------------------------------

void Devices::Actions::operator()(const session::Authenticate& asked) const {
    all_.due_.emplace_back(Arrived::with(connection_->id(), asked.user_name, asked.password));
}

void Devices::Actions::operator()(const session::OpenSession& asked) const {
    all_.due_.emplace_back(
        Opened{connection_->id(), std::string{asked.client_id},
               asked.will != nullptr ? asked.will->bytes() : 0,
               all_.permissions_.may_leave(asked.will, asked.client_id, *connection_)});
}

void Devices::Actions::operator()(const session::Close& asked) const {
    if (connection_ == nullptr) {
        return;
    }
    const bool wrong = !asked.by_client && mqtt::is_failure(asked.reason);
    WEFT_LOG(kDeviceModule, wrong ? Level::info : Level::debug,
             connection_->tag() + " closed: " + std::string{name_of(asked.reason)} + ": " +
                 std::string{asked.why});
    connection_->finish();
    connection_->device = nullptr;
    if (device_ != nullptr && device_->connection == connection_) {
        device_->connection = nullptr;
    }
}

// --- from the device ----------------------------------------------------------------------------

void Devices::Actions::operator()(const session::Publish& asked) const {
    if (auto answer = all_.publisher_.publish(*device_, asked, Moment::at(all_.loop_.now()))) {
        all_.due_.emplace_back(*answer);
    }
}

void Devices::Actions::operator()(const session::Republish& asked) const {
    if (auto answer = all_.publisher_.again(*device_, asked.ticket)) {
        all_.due_.emplace_back(*answer);
    }
}

void Devices::Actions::operator()(const session::Abandon& asked) const {
    all_.publisher_.abandon(*device_, asked.ticket);
}

void Devices::Actions::operator()(const session::Subscribe& asked) const {
    Subscriptions::Answers answers;
    all_.subscriptions_.subscribe(*device_, asked, all_.loop_.now(), answers);
    all_.settle_answers(answers);
}

void Devices::Actions::operator()(const session::Unsubscribe& asked) const {
    Subscriptions::Answers answers;
    all_.subscriptions_.unsubscribe(*device_, asked.ticket.subscription, answers);
    all_.settle_answers(answers);
    if (asked.ticket.request != 0) {
        all_.due_.emplace_back(Unsubscribed{device_->id, asked.ticket});
    }
}

void Devices::Actions::operator()(const session::FireWill& asked) const {
    if (!device_->is_lost) {  // else its will is another gateway's
        all_.publisher_.publish_will(*device_, asked, Moment::at(all_.loop_.now()));
    }
}

void Devices::Actions::operator()(const session::Ended&) const {
    all_.ended_.push_back(device_->id);
}

// --- to the device ------------------------------------------------------------------------------

/// What is released and stands in the store's queue is read again when its device is back, or has
/// room.
void Devices::Actions::operator()(const session::Settle& asked) const {
    const std::optional<Device::Held> held = device_->release(asked.token);
    if (!held) {
        return;
    }
    if (held->entry == 0) {
        all_.uplink_.settle(held->arrival, state_of(asked.settlement));
    } else if (asked.settlement == session::Settlement::released) {
        device_->queue.read = std::min(device_->queue.read, held->entry - 1);
    } else if (!held->is_removed) {
        all_.keeper_.remove(*device_, held->entry);
    }
}

}  // namespace weft::gateway
