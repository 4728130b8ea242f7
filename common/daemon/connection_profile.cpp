#include "common/daemon/connection_profile.hpp"

#include "common/amqp/fitting.hpp"
#include "common/amqp/frame.hpp"
#include "common/daemon/wire_value.hpp"
#include "common/endpoint/failovers.hpp"
#include "common/endpoint/sasl_choices.hpp"
#include "common/io/log.hpp"
#include "common/security/mechanisms.hpp"
#include "common/security/verifier.hpp"
#include "common/wire/writer.hpp"

#include <chrono>
#include <memory>

namespace weft::daemon {
namespace {

/// A peer that does not even open in this time hangs: the connector goes on to the next address.
constexpr Duration kAnswerMax = std::chrono::seconds(10);

/// What clients learn of the other daemons that they may fail over to.
wire::Value failover_list(const std::vector<FailoverUrl>& urls) {
    wire::List list;
    for (const FailoverUrl& url : urls) {
        wire::Map entry{{wire::Symbol{"network-host"}, url.host},
                        {wire::Symbol{"port"}, std::to_string(url.port)}};
        if (!url.scheme.empty()) {
            entry.emplace_back(wire::Symbol{"scheme"}, url.scheme);
        }
        list.emplace_back(std::move(entry));
    }
    return list;
}

Buffer open_properties(const ConnectionConfig& connection,
                       const Product& product,
                       const wire::Map& more,
                       const std::vector<FailoverUrl>& failover) {
    wire::Map map{{wire::Symbol{"product"}, product.name},
                  {wire::Symbol{"version"}, product.version}};
    map.insert(map.end(), more.begin(), more.end());
    for (const config::Member& member : connection.open_properties) {
        map.emplace_back(wire::Symbol{member.name}, wire_value(member.node));
    }
    if (!failover.empty()) {
        map.emplace_back(wire::Symbol{std::string(endpoint::kFailovers)}, failover_list(failover));
    }
    Buffer encoded;
    wire::encode(encoded, map);
    return encoded;
}

endpoint::ConnectionProfile common_profile(const ConnectionConfig& connection,
                                           const Product& product) {
    endpoint::ConnectionProfile profile;
    profile.name = connection.name;
    amqp::Options& engine = profile.engine;
    engine.container_id = product.container;
    engine.max_frame_size = connection.max_frame_size;
    engine.channel_max = static_cast<std::uint16_t>(connection.max_sessions - 1);
    if (connection.max_session_frames != 0) {
        engine.session_window = connection.max_session_frames;
    }
    engine.idle_timeout = connection.idle_timeout;
    return profile;
}

}  // namespace

endpoint::ConnectionProfile listener_profile(const ListenerConfig& config,
                                             const Product& product,
                                             const wire::Map& more) {
    endpoint::ConnectionProfile profile = common_profile(config.connection, product);
    profile.engine.handshake_timeout = config.initial_handshake_timeout;
    profile.max_message_size = config.max_message_size;
    profile.engine.properties =
        open_properties(config.connection, product, more, config.failover_urls);
    profile.authenticate_by(std::make_shared<security::Mechanisms>(
        config.connection.sasl_mechanisms,
        config.authenticate_peer ? security::Bare::refused : security::Bare::taken));
    return profile;
}

endpoint::ConnectionProfile connector_profile(const ConnectionConfig& config,
                                              const Product& product,
                                              const wire::Map& more) {
    endpoint::ConnectionProfile profile = common_profile(config, product);
    profile.engine.server = false;
    profile.engine.handshake_timeout = kAnswerMax;
    profile.engine.hostname = config.host;
    profile.engine.properties = open_properties(config, product, more, {});
    for (const std::string& mechanism : config.sasl_mechanisms) {
        profile.engine.sasl_choices.push_back(
            endpoint::sasl_choice(mechanism, config.credentials, security::kIterationsOnLoopMax));
    }
    return profile;
}

void warn_of_long_open(const endpoint::ConnectionProfile& profile) {
    constexpr std::size_t kAroundNumber = 7;  // bytes: the key's head and an int
    const std::size_t number =
        profile.number_key.empty() ? 0 : profile.number_key.size() + kAroundNumber;
    const std::size_t size = amqp::frame_size(amqp::open_of(profile.engine)) + number;
    if (size > amqp::kFrameSizeMin) {
        const std::string who =
            profile.engine.server ? "peers that take only smaller frames" : "peers";
        WEFT_LOG(io::Module::server, io::Level::warning,
                 profile.name + ": its open has " + std::to_string(size) +
                     " bytes, and no more than 512 are sure to be taken; " + who +
                     " get it without the failover list or the last open properties");
    }
}

}  // namespace weft::daemon
