#pragma once

#include "common/mgmt/source.hpp"

#include <cstddef>
#include <cstdint>

namespace weft::router {

class AmqpConnection;
class Router;

/// The AMQP connections, in and out. Threading: loop-confined (loop 0).
class ConnectionSource final : public mgmt::Source {
public:
    explicit ConnectionSource(Router& router) : router_{router} {}

    std::size_t size() const override;
    void read(std::size_t offset, std::size_t count, const Visit& visit) const override;
    std::optional<mgmt::Row> find(mgmt::Key key, std::string_view value) const override;
    /// adminStatus "deleted" closes the connection.
    Result<mgmt::Row> update(const std::string& identity, mgmt::Attributes changes) override;

private:
    /// Where the last page ended, for whoever asks for the next one; holds only as long as the
    /// connections are the same.
    struct Bookmark {
        std::size_t offset = 0;
        std::uint64_t next = 0;  // the id of the connection there
        std::size_t connections = 0;
        std::uint64_t newest = 0;
    };

    std::uint64_t first_at(std::size_t offset) const;
    mgmt::Row row(const AmqpConnection& connection) const;

    Router& router_;
    mutable Bookmark bookmark_;
};

}  // namespace weft::router
