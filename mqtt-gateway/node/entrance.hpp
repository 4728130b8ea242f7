#pragma once

#include "mqtt-gateway/node/due.hpp"
#include "mqtt-gateway/node/session_rows.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace weft::gateway {

class Devices;

/// How devices come to their sessions: whether there is room, who they are, and where the session
/// is: here, nowhere yet, or at another gateway, if a queue of the mesh has the sessions of all.
///
/// Threading: loop-confined.
class Entrance {
public:
    /// It is a part of `all`.
    explicit Entrance(Devices& all) : all_{all} {}

    /// Sessions are in a queue of the mesh, for all gateways; before the first router and device.
    void share_sessions(SessionRows::Options options);
    /// Null: they are the gateway's own.
    SessionRows* rows() const { return rows_.get(); }

    /// Whether one more connection may come in; if not, it is counted.
    bool admits();
    void take(const Arrived& due);
    void take(const Known& due);
    void take(const Opened& due);

private:
    void end_others(Device* device, const DeviceConnection& comes);
    void refuse(DeviceConnection& connection, mqtt::Reason reason, std::string_view why);
    void look_up(const Opened& due);
    void inherit(const std::string& client_id);
    void lose(Device* device);

    Devices& all_;
    std::unique_ptr<SessionRows> rows_;
};

}  // namespace weft::gateway
