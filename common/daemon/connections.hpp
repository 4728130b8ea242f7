#pragma once

#include "common/endpoint/connection.hpp"
#include "common/io/loop.hpp"
#include "common/mgmt/requester.hpp"
#include "common/mgmt/source.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

/// AMQP connections as management shows and changes them.
namespace weft::daemon {

/// Values in the properties of a peer's open that are shown; of one that has more, none are. A few
/// bytes can say tens of thousands of values, and each reader of a row gets a tree of them.
inline constexpr std::size_t kPropertiesShown = 256;

/// What a connection is called: "connection/127.0.0.1:51234".
std::string connection_name(const endpoint::Connection& connection);
/// Who asks by the connection. Those that a daemon dials are routers.
mgmt::Requester requester_of(const endpoint::Connection& connection);

/// What every daemon can say of a connection, at `now`; it adds what it knows besides.
mgmt::Row connection_row(const endpoint::Connection& connection, Instant now);

/// adminStatus "deleted" expels the peer, enableProtocolTrace logs the connection's frames. On its
/// loop. Errors: amqp:invalid-field.
[[nodiscard]] Result<void> change_connection(endpoint::Connection& connection,
                                             const mgmt::Attributes& changes);

/// The connections of a daemon that has one loop. Threading: loop-confined.
class Connections final : public mgmt::Source {
public:
    /// `loop` must outlive it.
    explicit Connections(io::Loop& loop) : loop_{loop} {}

    /// The id of a connection that is made now; it must be forgotten when it is gone.
    std::uint64_t add(endpoint::Connection& connection);
    void forget(const endpoint::Connection& connection) { all_.erase(connection.id()); }

    /// Closes all with `why`, and calls `closed` when they are gone or kCloseMax has passed.
    void close_all(std::string_view why, std::function<void()> closed);

    /// The daemon ends first: nothing of it is used when their transports go.
    void orphan_all();

    // mgmt::Source
    std::size_t size() const override { return all_.size(); }
    void read(std::size_t offset, std::size_t count, const Visit& visit) const override;
    Result<mgmt::Row> update(const std::string& identity, mgmt::Attributes changes) override;

private:
    static constexpr Duration kCloseMax = std::chrono::seconds{2};

    io::Loop& loop_;
    std::map<std::uint64_t, endpoint::Connection*> all_;
    std::uint64_t last_id_ = 0;
    io::Timer closing_;
};

}  // namespace weft::daemon
