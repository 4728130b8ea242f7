#include "router/mgmt/management.hpp"

#include "router/mgmt/entities.hpp"
#include "router/mgmt/entity_catalogue.hpp"
#include "router/mgmt/metrics_snapshot.hpp"
#include "router/node/router.hpp"

#include <utility>

namespace weft::router {

Management::Management(Router& router)
    : agent_{entity_catalogue()},
      endpoint_{router.core(), agent_, router.loop()},
      web_{router.loop(),
           {.agent = agent_,
            .health = {{"router", router.config().id}},
            .metrics = [this, &router] { return metrics_text(take_metrics(router, web_)); }}},
      entities_{std::make_unique<Entities>(router, agent_, web_)} {
    router.serve_http([this](const daemon::OpenListener& from, io::Socket socket) {
        web_.accept(from, std::move(socket));
    });
}

Management::~Management() = default;

}  // namespace weft::router
