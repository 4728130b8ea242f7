#include "common/daemon/auth_service_entities.hpp"

#include "common/daemon/rows.hpp"

#include <string>

namespace weft::daemon {

void AuthServiceSource::read(std::size_t offset, std::size_t count, const Visit& visit) const {
    show_page(services_, offset, count, visit, [](const AuthServiceConfig& each) {
        mgmt::Row row{
            .identity = "authServicePlugin/" + each.name, .name = each.name, .attributes = {}};
        row.attributes.set("host", each.host);
        row.attributes.set("port", std::to_string(each.port));
        if (!each.realm.empty()) {
            row.attributes.set("realm", each.realm);
        }
        if (each.ssl_profile) {
            row.attributes.set("sslProfile", each.ssl_profile->name);
        }
        return row;
    });
}

}  // namespace weft::daemon
