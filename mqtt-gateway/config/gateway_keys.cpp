#include "common/config/keys.hpp"
#include "common/daemon/audit_section.hpp"
#include "common/daemon/connection_keys.hpp"
#include "common/daemon/log_section.hpp"
#include "common/daemon/ssl_profile_section.hpp"
#include "common/daemon/users_section.hpp"
#include "mqtt-gateway/config/gateway_config.hpp"
#include "mqtt-gateway/config/log_modules.hpp"

#include <array>
#include <limits>
#include <vector>

namespace weft::gateway_config {
namespace {

using config::Choice;
using config::Key;
using config::Section;
using config::Type;

constexpr std::int64_t kBytesMax = std::int64_t{1} << 50;

constexpr std::array kGatewayKeys{
    Key{.name = "id",
        .meaning = "Its name among all containers of the mesh. One that takes another's place "
                   "has the same.",
        .required = true},
    Key{.name = "maxConnections",
        .type = Type::integer,
        .default_value = "100000",
        .unit = "connections",
        .meaning = "The most devices at once; further ones are refused (MQTT 5: 0x97).",
        .min = 1},
    Key{.name = "maxConnectsPerSecond",
        .type = Type::integer,
        .default_value = "0",
        .unit = "connections",
        .meaning = "The most devices that connect in a second; further ones are refused (MQTT 5: "
                   "0x9F), and come again later. 0: any number."},
    Key{.name = "maxAcceptsPerSecond",
        .type = Type::integer,
        .default_value = "0",
        .unit = "connections",
        .meaning =
            "Connections that are accepted in a second, at all listeners but those for HTTP; "
            "further ones are closed unheard. For storms that the answers to refused "
            "devices would feed. 0: any number."},
    Key{.name = "maxSessions",
        .type = Type::integer,
        .default_value = "1000000",
        .unit = "sessions",
        .meaning = "The most sessions, of devices that are there and that are away.",
        .min = 1},
    Key{.name = "maxPublishBytes",
        .type = Type::size,
        .default_value = "64MiB",
        .meaning = "What may wait for the mesh, of all devices. Beyond it QoS 0 is dropped, and "
                   "other publishes are refused (MQTT 5: 0x97).",
        .min = 1024,
        .max = kBytesMax},
    Key{.name = "maxRetained",
        .type = Type::integer,
        .default_value = "100000",
        .unit = "messages",
        .meaning = "The most retained messages; further topics are not retained."},
    Key{.name = "maxRetainedBytes",
        .type = Type::size,
        .default_value = "64MiB",
        .meaning = "Bytes of them.",
        .max = kBytesMax}};

constexpr std::array kStoreKeys{
    Key{.name = "path",
        .type = Type::path,
        .meaning = "The folder, on a local disk, that sessions with their queues, and retained "
                   "messages are in. One gateway has it at a time. Without it they live as long "
                   "as the process."},
    Key{.name = "retainedAddress",
        .meaning = "A queue of the mesh that has the retained messages of all gateways that name "
                   "it, with `lastValueKey` `x-opt-mqtt-topic` and `fenced`: they outlive any "
                   "gateway. Without it each gateway has its own, in `path` if that is given."},
    Key{.name = "sessionAddress",
        .meaning = "A queue of the mesh that has the sessions of all gateways that name it, with "
                   "`lastValueKey` `x-opt-mqtt-session` and `fenced`: a device goes on with its "
                   "session at any of them, and brokers keep what waits for it. Not with `path`. "
                   "Without it each gateway has its own, in `path` if that is given."},
    Key{.name = "maxBytes",
        .type = Type::size,
        .default_value = "0",
        .meaning = "What the store's file may grow to; 0: as the disk allows.",
        .max = std::numeric_limits<std::int64_t>::max()}};

constexpr std::array kNoConsumer{Choice{"hold"}, Choice{"close"}, Choice{"ack"}};
constexpr std::array kReject{Choice{"close"}, Choice{"ack"}};
constexpr std::array kDollar{Choice{"refuse"}, Choice{"close"}, Choice{"pass"}};
constexpr std::array kFailedSubscribe{Choice{"close"}, Choice{"code"}};
constexpr std::array kSeparators{Choice{"/"}, Choice{"."}};

constexpr std::array kMqttKeys{
    Key{.name = "map",
        .type = Type::maps,
        .meaning = "Topics that belong to an address although it is not their beginning: "
                   "`{\"topic\": FILTER, \"address\": ADDRESS}`. The whole topic is then the "
                   "subject of messages. The address is one of `addresses`."},
    Key{.name = "separator",
        .type = Type::choice,
        .default_value = "/",
        .meaning = "Where the levels of addresses end. Those of topics always end at `/`.",
        .choices = kSeparators},
    Key{.name = "maxQos",
        .type = Type::integer,
        .default_value = "2",
        .meaning = "The highest QoS that devices may publish with, and are granted.",
        .max = 2},
    Key{.name = "retain",
        .type = Type::boolean,
        .default_value = "true",
        .meaning = "Whether messages are retained."},
    Key{.name = "sharedSubscriptions",
        .type = Type::boolean,
        .default_value = "true",
        .meaning = "Whether `$share/GROUP/FILTER` may be subscribed to."},
    Key{.name = "shareMulticast",
        .type = Type::boolean,
        .default_value = "false",
        .meaning = "Whether that may be of a multicast address or topic, too. The message goes to "
                   "one device of the group at each gateway: right where there is one gateway."},
    Key{.name = "receiveMaximum",
        .type = Type::integer,
        .default_value = "20",
        .unit = "publishes",
        .meaning = "QoS 1 and 2 of a device that are not acknowledged yet.",
        .min = 1,
        .max = 65535},
    Key{.name = "topicAliasMaximum",
        .type = Type::integer,
        .default_value = "16",
        .meaning = "Topic aliases that a device may make, and that are made for it.",
        .max = 65535},
    Key{.name = "maxPacketSize",
        .type = Type::size,
        .default_value = "1MiB",
        .meaning = "The largest packet that a device may send, and message that it gets.",
        .min = 1024,
        .max = 268'435'460},
    Key{.name = "keepAliveDefaultSeconds",
        .type = Type::integer,
        .default_value = "0",
        .unit = "s",
        .meaning = "For devices that ask for none; 0: they may be silent for ever.",
        .max = 65535},
    Key{.name = "keepAliveMaxSeconds",
        .type = Type::integer,
        .default_value = "0",
        .unit = "s",
        .meaning = "Devices of MQTT 5 that ask for more, or for none, are told this one; 0: any.",
        .max = 65535},
    Key{.name = "sessionExpiryMaxSeconds",
        .type = Type::integer,
        .default_value = "4294967295",
        .unit = "s",
        .meaning = "The longest that a session of MQTT 5 is kept without its device; 4294967295: "
                   "for ever.",
        .max = 4'294'967'295},
    Key{.name = "sessionExpiryOldSeconds",
        .type = Type::integer,
        .default_value = "604800",
        .unit = "s",
        .meaning = "The same for sessions of MQTT 3.1 and 3.1.1 that are not clean.",
        .max = 4'294'967'295},
    Key{.name = "publishTimeoutSeconds",
        .type = Type::seconds,
        .default_value = "10",
        .meaning = "How long a publish that nobody takes is held.",
        .min = 1,
        .max = 3600},
    Key{.name = "onNoConsumer",
        .type = Type::choice,
        .default_value = "hold",
        .meaning = "What becomes of a publish to an anycast or queue address that nobody takes: "
                   "`hold`: it is tried again for `publishTimeoutSeconds`, then as `close`; "
                   "`close`: MQTT 5 hears 0x97, older devices are disconnected and send again; "
                   "`ack`: it is acknowledged, and lost.",
        .choices = kNoConsumer},
    Key{.name = "onReject",
        .type = Type::choice,
        .default_value = "close",
        .meaning = "What an older device gets for a publish that the mesh refuses: it is "
                   "disconnected, or its publish acknowledged and lost.",
        .choices = kReject},
    Key{.name = "dollarPublish",
        .type = Type::choice,
        .default_value = "refuse",
        .meaning = "What becomes of a publish to a topic that begins with `$`. `refuse`: MQTT 5 "
                   "hears 0x90, older devices an acknowledgement.",
        .choices = kDollar},
    Key{.name = "failedSubscribe",
        .type = Type::choice,
        .default_value = "close",
        .meaning = "What a device of MQTT 3.1 gets for a subscription that is refused: it is "
                   "disconnected, or the code 0x80 of MQTT 3.1.1.",
        .choices = kFailedSubscribe},
    Key{.name = "connectTimeoutSeconds",
        .type = Type::seconds,
        .default_value = "10",
        .meaning = "A device that has sent no CONNECT by then is disconnected.",
        .min = 1,
        .max = 3600},
    Key{.name = "maxSubscriptions",
        .type = Type::integer,
        .default_value = "1000",
        .unit = "subscriptions",
        .meaning = "Of a session.",
        .min = 1},
    Key{.name = "maxInFlight",
        .type = Type::integer,
        .default_value = "100",
        .unit = "messages",
        .meaning = "QoS 1 and 2 to a device that it has not acknowledged, if it takes so many.",
        .min = 1,
        .max = 32767},
    Key{.name = "maxQueuedMessages",
        .type = Type::integer,
        .default_value = "1000",
        .unit = "messages",
        .meaning = "Of a session, that wait for its device. Further ones are dropped."},
    Key{.name = "maxQueuedBytes",
        .type = Type::size,
        .default_value = "1MiB",
        .meaning = "Bytes of them, and of those in flight.",
        .max = kBytesMax},
    Key{.name = "maxAllQueuedBytes",
        .type = Type::size,
        .default_value = "256MiB",
        .meaning = "The same of all sessions together.",
        .max = kBytesMax}};

constexpr std::array kTypes{Choice{"queue"}, Choice{"anycast"}, Choice{"multicast"},
                            Choice{"topic"}};
constexpr std::array kDistributions{Choice{"balanced"}, Choice{"closest"}, Choice{"multicast"},
                                    Choice{"unavailable"}};
constexpr std::string_view kOfOthers = "For routers and brokers, with whom the list may be shared.";

constexpr Key of_others(std::string_view name, Type type) {
    return {.name = name, .type = type, .meaning = kOfOthers};
}

constexpr std::array kAddressKeys{
    of_others("name", Type::text),
    Key{.name = "address",
        .meaning = "An address that devices may use: their topics below it go there. Or a pattern: "
                   "`+` or `*` stands for one level, `#` at the end for any number; each topic "
                   "that it means is then an address of its own. One of `address`, `prefix` and "
                   "`pattern` is given."},
    Key{.name = "prefix", .meaning = "As the pattern `PREFIX/#`."},
    Key{.name = "pattern", .meaning = "As `address`."},
    Key{.name = "type",
        .type = Type::choice,
        .meaning = "`anycast`, `queue`: each message goes to one device or consumer, and the topic "
                   "is the address; `multicast`, `topic`: to all that subscribed, with wildcards. "
                   "By default what `distribution` says, else `anycast`.",
        .choices = kTypes},
    Key{.name = "distribution",
        .type = Type::choice,
        .default_value = "balanced",
        .meaning = "`multicast` says as much as the type. Devices can't use what is `unavailable`.",
        .choices = kDistributions},
    of_others("priority", Type::integer),
    of_others("slowConsumer", Type::text),
    of_others("scope", Type::text),
    of_others("waypoint", Type::boolean),
    of_others("ingressPhase", Type::integer),
    of_others("egressPhase", Type::integer),
    of_others("enableFallback", Type::boolean),
    of_others("fallback", Type::boolean),  // its older name
    of_others("brokers", Type::texts),
    of_others("durability", Type::text),
    of_others("ttlSeconds", Type::map),
    of_others("maxDeliveries", Type::integer),
    of_others("deadLetter", Type::text),
    of_others("redelivery", Type::map),
    Key{.name = "maxMessages", .type = Type::integer, .meaning = kOfOthers, .max = kBytesMax},
    Key{.name = "maxBytes", .type = Type::size, .meaning = kOfOthers, .max = kBytesMax},
    of_others("overflow", Type::text),
    of_others("exclusiveConsumer", Type::boolean),
    of_others("messageGroups", Type::boolean),
    of_others("lastValueKey", Type::text),
    of_others("duplicateWindow", Type::integer),
    of_others("fenced", Type::boolean),
    of_others("forward", Type::map),
    of_others("maxKeys", Type::integer)};

constexpr std::array kAccessKeys{
    Key{.name = "users",
        .type = Type::texts,
        .meaning = "Whom the rule is for: names, or `*` for all. Who has said no name is "
                   "`anonymous`.",
        .required = true},
    Key{.name = "publish",
        .type = Type::texts,
        .meaning = "Topic filters that they may publish to, wills included; `%u` in a level stands "
                   "for the user's name, `%c` for the client identifier."},
    Key{.name = "subscribe",
        .type = Type::texts,
        .meaning = "Topic filters that they may subscribe to, likewise, and to whatever brings no "
                   "more."}};

constexpr std::array kProtocols{Choice{"mqtt"}, Choice{"amqp"}};
constexpr std::array kListenerOwnKeys{
    Key{.name = "protocol",
        .type = Type::choice,
        .default_value = "mqtt",
        .meaning = "Who comes in: devices, or clients of AMQP, who may manage the gateway "
                   "(`$management`). Sizes of frames, sessions, messages and the time-outs of a "
                   "listener are those of AMQP; devices have theirs in `mqtt`.",
        .choices = kProtocols}};

}  // namespace

const config::KeyTable& gateway_table() {
    static constexpr auto kModules = daemon::module_choices(kLogModules);
    static const std::vector<Key> kListenerKeys = daemon::listener_keys(kListenerOwnKeys);
    static const std::vector<Key> kConnectorKeys = daemon::connector_keys();
    static const auto kLogKeys = daemon::log_keys(kModules);
    static const std::array kSections{
        Section{.name = "gateway",
                .entity = "gateway",
                .meaning = "The gateway itself.",
                .singleton = true,
                .keys = kGatewayKeys},
        Section{.name = "store",
                .entity = "store",
                .meaning = "Where sessions and retained messages are kept.",
                .singleton = true,
                .keys = kStoreKeys},
        Section{.name = "mqtt",
                .entity = "mqtt",
                .meaning = "What devices may do, and hear.",
                .singleton = true,
                .keys = kMqttKeys},
        Section{.name = "addresses",
                .entity = "mqttAddress",
                .meaning = "The addresses that devices may use. Nothing else is.",
                .keys = kAddressKeys},
        Section{.name = "acl",
                .entity = "mqttAccess",
                .meaning = "Which topics devices may use: what one of these rules allows. Without "
                           "a rule, all.",
                .keys = kAccessKeys},
        daemon::listener_section(kListenerKeys),
        daemon::connector_section(kConnectorKeys),
        daemon::ssl_profile_section(),
        daemon::users_section(),
        daemon::jwt_section(),
        daemon::auth_service_section(),
        daemon::rights_section(),
        daemon::audit_section(),
        daemon::log_section(kLogKeys)};
    static const config::KeyTable kTable{"weft-mqtt-gateway", kSections};
    return kTable;
}

}  // namespace weft::gateway_config
