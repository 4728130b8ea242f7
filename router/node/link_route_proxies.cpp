#include "router/node/link_route_proxies.hpp"

#include "common/base/printable.hpp"
#include "common/io/log.hpp"
#include "common/wire/message.hpp"
#include "router/config/log_modules.hpp"
#include "router/linkroute/link_route.hpp"
#include "router/node/uplink_client.hpp"

#include <chrono>
#include <utility>
#include <variant>

namespace weft::node {
namespace {

constexpr std::string_view kOwnLinkRoute = "org.apache.qpid.dispatch.router.connection.linkRoute";
constexpr Duration kAnswerWithin = std::chrono::seconds{10};

/// As a pattern: a prefix takes all that is below it.
std::string pattern_of(const linkroute::MeshRoute& route) {
    const bool is_prefix = route.grammar == router::AddressPattern::Grammar::prefix;
    return std::string(route.text) + (is_prefix ? "/#" : "");
}

}  // namespace

std::optional<std::uint64_t> number_of_reply(Bytes message) {
    const auto whole = wire::decode_message(message);
    const auto number = whole ? whole->correlation_id.integer() : std::nullopt;
    return number ? std::optional(static_cast<std::uint64_t>(*number)) : std::nullopt;
}

void LinkRouteProxies::announce(std::string_view key, bool has) {
    const auto at = proxies_.try_emplace(std::string(key)).first;
    at->second.wanted = has;
    go_on(at);
}

void LinkRouteProxies::set_management(UplinkClient* management) {
    management_ = management;
    std::erase_if(proxies_, [](const auto& each) { return !each.second.wanted; });
    for (auto at = proxies_.begin(); at != proxies_.end(); ++at) {
        at->second.asked = at->second.made = false;
        go_on(at);
    }
}

/// Asks for what is not as it is wanted.
void LinkRouteProxies::go_on(Proxies::iterator at) {
    Proxy& proxy = at->second;
    if (proxy.asked) {
        return;
    }
    if (management_ == nullptr || proxy.wanted == proxy.made) {
        if (!proxy.wanted) {
            proxies_.erase(at);
        }
        return;
    }
    proxy.asked = true;
    management_->ask(
        [this, key = at->first, as_asked = proxy](std::string_view reply_to, std::uint64_t number) {
            return request(key, as_asked, reply_to, number);
        },
        [this, key = at->first, by = management_](std::optional<Bytes> message) {
            answered(key, by, message);
        },
        now_() + kAnswerWithin);
}

/// Makes it if it is not made, or deletes it.
Buffer LinkRouteProxies::request(const std::string& key,
                                 const Proxy& proxy,
                                 std::string_view reply_to,
                                 std::uint64_t number) const {
    const linkroute::MeshRoute route = linkroute::read_mesh_key(key);
    const std::string name = router_id_ + "/" + key;
    wire::Message message;
    message.reply_to = reply_to;
    message.correlation_id = wire::Value{number};
    message.application_properties = {
        {"operation", proxy.made ? "DELETE" : "CREATE"}, {"type", kOwnLinkRoute}, {"name", name}};
    wire::Map body;
    if (!proxy.made) {
        const bool in = route.direction == router::Direction::in;
        body = {{"type", kOwnLinkRoute},
                {"name", name},
                {"pattern", pattern_of(route)},
                {"direction", in ? "in" : "out"}};
    } else if (!proxy.identity.empty()) {
        message.application_properties.emplace_back("identity", proxy.identity);
    }
    message.body = wire::Value{std::move(body)};
    Buffer out;
    wire::encode_message(out, message);
    return out;
}

void LinkRouteProxies::answered(const std::string& key,
                                const UplinkClient* by,
                                std::optional<Bytes> message) {
    const auto at = proxies_.find(key);
    if (at == proxies_.end() || by != management_) {
        return;  // of an uplink of before
    }
    Proxy& proxy = at->second;
    proxy.asked = false;
    const auto whole = message ? wire::decode_message(*message) : Result<wire::Message>{};
    const wire::Map none;
    const wire::Map& properties = whole ? whole->application_properties : none;
    const wire::Value* const status = wire::find(properties, "statusCode");
    const std::int64_t code = status == nullptr ? 0 : status->integer().value_or(0);
    if (code < 200 || code > 299) {
        const wire::Value* const why = wire::find(properties, "statusDescription");
        const std::string* const text = why == nullptr ? nullptr : why->text();
        WEFT_LOG(router_config::LogModule::router_core, io::Level::warning,
                 "the link route " + printable(key.substr(0, 200)) + " is not known to the mesh: " +
                     (text == nullptr ? "no answer came" : printable(text->substr(0, 200))));
        proxy.made = proxy.wanted;  // until the next uplink
        return;
    }
    proxy.made = !proxy.made;
    const auto* const body = std::get_if<wire::Value>(&whole->body);
    const auto* const map = body == nullptr ? nullptr : body->as<wire::Map>();
    const wire::Value* const identity = map == nullptr ? nullptr : wire::find(*map, "identity");
    const std::string* const text = identity == nullptr ? nullptr : identity->text();
    proxy.identity = text == nullptr ? std::string{} : *text;
    go_on(at);
}

}  // namespace weft::node
