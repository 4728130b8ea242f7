#include "router/mgmt/management.hpp"

#include "common/base/conditions.hpp"
#include "router/mgmt/entities.hpp"
#include "router/mgmt/entity_catalogue.hpp"
#include "router/mgmt/requester.hpp"
#include "router/node/router.hpp"
#include "router/node/shared_addresses.hpp"

#include <utility>

namespace weft::router_mgmt {
namespace {

constexpr const char* kLate =
    "The page was not made in time: the router is busy. Ask again, or less often.";

}  // namespace

Management::Management(node::Router& router)
    : router_{router},
      loops_{router.shards()},
      survey_{loops_},
      agent_{entity_catalogue()},
      endpoint_{router.shards().home(), agent_,
                [this](std::uint64_t connection, Asks asks) {
                    return requester_of(survey_, connection, asks);
                }},
      web_{router.loop(),
           {.agent = agent_,
            .gate = router.gate().weak_from_this(),
            .health = {{"router", router.config().id}},
            .problems = [this] { return problems(); },
            .metrics =
                [this](const daemon::TakePage& take) {
                    scraper_.scrape([take](const Scrape* scrape) {
                        scrape != nullptr ? take(scrape->page) : take(fail(kInternalError, kLate));
                    });
                }}},
      scraper_{{.loops = loops_,
                .mesh = router.mesh(),
                .shared = router.shared_addresses(),
                .containers = router.containers(),
                .link_router = router.link_router(),
                .policy_desk = router.policy_desk(),
                .exchanges = router.exchanges(),
                .listeners = router.listeners(),
                .gate = router.gate(),
                .web = web_,
                .endpoint = endpoint_,
                .started_at = router.started_at()}},
      entities_{std::make_unique<Entities>(router, agent_, web_, survey_, endpoint_)} {
    agent_.depend_on(survey_);
    agent_.limit_access(daemon::judge_by(router.gate()));
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

}  // namespace weft::router_mgmt
