#include "router/mgmt/entity_catalogue.hpp"

#include "router/mgmt/catalogue_tables.hpp"

namespace weft::router_mgmt {

mgmt::Catalogue entity_catalogue() {
    mgmt::Catalogue catalogue;
    add_router_types(catalogue);
    add_transport_types(catalogue);
    add_routing_types(catalogue);
    add_link_types(catalogue);
    add_policy_types(catalogue);
    add_process_types(catalogue);
    return catalogue;
}

}  // namespace weft::router_mgmt
