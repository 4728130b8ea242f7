#include "router/mgmt/management.hpp"

#include "router/mgmt/entities.hpp"
#include "router/mgmt/entity_catalogue.hpp"
#include "router/mgmt/metrics_snapshot.hpp"
#include "router/node/router.hpp"
#include "router/node/shared_addresses.hpp"

#include <utility>

namespace weft::router_mgmt {

Management::Management(node::Router& router)
    : router_{router},
      agent_{entity_catalogue()},
      endpoint_{router.shards().home().core(), agent_, router.loop()},
      web_{router.loop(),
           {.agent = agent_,
            .health = {{"router", router.config().id}},
            .problems = [this] { return problems(); },
            .metrics = [this] { return metrics_text(metrics()); }}},
      entities_{std::make_unique<Entities>(router, agent_, web_)} {
    router.serve_http([this](const daemon::OpenListener& from, io::Socket socket) {
        web_.accept(from, std::move(socket));
    });
}

Management::~Management() = default;

std::vector<std::string> Management::problems() const {
    const node::SharedAddresses* shared = router_.shared_addresses();
    if (shared == nullptr || shared->failure().empty()) {
        return {};
    }
    return {"settings of the mesh are not kept: " + shared->failure()};
}

Metrics Management::metrics() {
    return take_metrics({.shards = router_.shards(),
                         .mesh = router_.mesh(),
                         .shared = router_.shared_addresses(),
                         .listeners = router_.listeners(),
                         .web = web_,
                         .started_at = router_.started_at()});
}

}  // namespace weft::router_mgmt
