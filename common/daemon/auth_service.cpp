#include "common/daemon/auth_service.hpp"

#include "common/amqp/capabilities.hpp"
#include "common/base/printable.hpp"
#include "common/base/text.hpp"
#include "common/daemon/connection_profile.hpp"
#include "common/daemon/connection_protection.hpp"
#include "common/endpoint/connection.hpp"
#include "common/io/connector.hpp"
#include "common/io/log.hpp"
#include "common/io/process.hpp"
#include "common/wire/value.hpp"

#include <algorithm>
#include <utility>

namespace weft::daemon {

using security::Acceptance;
using security::Challenge;
using security::LoginFault;

namespace {

constexpr std::string_view kAuthorizes = "ADDRESS-AUTHZ";
constexpr Duration kTick = std::chrono::milliseconds{250};
constexpr std::size_t kUserMax = 1024;
constexpr std::size_t kGrantMax = 10'000;  // addresses

void warn(const AuthServiceConfig& service, const std::string& what) {
    WEFT_LOG(io::Module::server, io::Level::warning,
             "authentication service " + service.name + ": " + what);
}

/// Who the peer is, as the service's open says; empty: it does not.
std::string user_in(const wire::Map& properties) {
    const wire::Value* const identity = wire::find(properties, "authenticated-identity");
    const auto* const map = identity == nullptr ? nullptr : identity->as<wire::Map>();
    for (const char* const key : {"sub", "preferred_username"}) {
        const wire::Value* const value = map == nullptr ? nullptr : wire::find(*map, key);
        const std::string* const text = value == nullptr ? nullptr : value->text();
        if (text != nullptr && !text->empty() && text->size() <= kUserMax &&
            *text == printable(*text)) {
            return *text;
        }
    }
    return {};
}

void allow(const std::string& address, const wire::Value& what, security::Grant& grant) {
    const auto* const list = what.as<wire::List>();
    const auto* const array = what.as<wire::Array>();
    for (const wire::Value& each : list != nullptr    ? *list
                                   : array != nullptr ? array->elements
                                                      : wire::List{what}) {
        const std::string* const word = each.text();
        if (word != nullptr && *word == "recv") {
            grant.receive.push_back(address);
        } else if (word != nullptr && *word == "send") {
            grant.send.push_back(address);
        }
    }
}

/// What the peer may use; null: the service says nothing of that.
std::shared_ptr<const security::Grant> grant_in(const amqp::Open& open,
                                                const wire::Map& properties,
                                                const std::string& service) {
    if (!amqp::has_capability(open.offered_capabilities, kAuthorizes)) {
        return nullptr;
    }
    auto grant = std::make_shared<security::Grant>(security::Grant{.by = service});
    const wire::Value* const said = wire::find(properties, "address-authz");
    const auto* const map = said == nullptr ? nullptr : said->as<wire::Map>();
    if (map != nullptr) {
        for (std::size_t i = 0; i < std::min(map->size(), kGrantMax); ++i) {
            const auto& [address, what] = (*map)[i];
            if (const std::string* const text = address.text()) {
                allow(*text, what, *grant);
            }
        }
    }
    return grant;
}

}  // namespace

/// One exchange.
struct AuthService::Dialog {
    AuthService& service;
    std::uint64_t id = 0;
    std::string mechanism{};  // empty: only what is offered is asked for
    Buffer first{};           // the peer's first response
    std::function<bool()> is_wanted{};
    Heard heard{};  // empty: nobody waits for a word now
    Buffer data{};  // what came with the outcome
    Instant until{};
    bool over = false;
    std::shared_ptr<io::Connector> connector{};
    Talk* talk = nullptr;  // while it is connected

    void say(std::variant<Challenge, Acceptance, LoginFault> word) {
        if (auto to = std::exchange(heard, {})) {
            to(std::move(word));
        }
    }
    /// No more is passed on.
    void finish(std::variant<Challenge, Acceptance, LoginFault> word) {
        if (!std::exchange(over, true)) {
            say(std::move(word));
            service.loop_.post([from = service.weak_from_this(), id = id] {
                if (const auto open = from.lock()) {
                    open->end(id);
                }
            });
        }
    }
};

/// What a peer says in its exchange, as a client says it.
class AuthService::Relay final : public amqp::SaslClient {
public:
    explicit Relay(std::weak_ptr<Dialog> dialog) : dialog_{std::move(dialog)} {}

    Buffer initial_response() override {
        const auto dialog = dialog_.lock();
        return dialog ? std::exchange(dialog->first, {}) : Buffer{};
    }
    bool hear(Bytes challenge) override {
        if (const auto dialog = dialog_.lock()) {
            dialog->say(Challenge{Buffer(challenge.begin(), challenge.end())});
        }
        return true;
    }
    void refused(std::uint8_t code) override {
        constexpr std::uint8_t kAuth = 1;
        if (const auto dialog = dialog_.lock()) {
            dialog->finish(code == kAuth ? LoginFault::service : LoginFault::unreachable);
        }
    }
    bool confirm(Bytes data) override {
        if (const auto dialog = dialog_.lock()) {
            dialog->data.assign(data.begin(), data.end());
        }
        return true;
    }

private:
    std::weak_ptr<Dialog> dialog_;
};

/// The connection of one exchange.
class AuthService::Talk final : public endpoint::Connection {
public:
    Talk(io::Transport& transport,
         std::shared_ptr<const endpoint::ConnectionProfile> profile,
         const std::shared_ptr<Dialog>& dialog)
        : Connection{transport, std::move(profile)}, dialog_{dialog} {
        dialog->talk = this;
        dialled_by(dialog->connector);
        start(0);
    }

    void respond(Bytes response) {
        machine().sasl_word(response);
        wake();
    }

private:
    void on_opened(const amqp::Open& open) override {
        succeeded();
        const auto dialog = dialog_.lock();
        if (!dialog) {
            return;
        }
        Bytes encoded = open.properties;
        const auto decoded =
            encoded.empty() ? Result<wire::Value>{wire::Map{}} : wire::decode(encoded);
        const auto* const map = decoded ? decoded->as<wire::Map>() : nullptr;
        const wire::Map& properties = map == nullptr ? wire::Map{} : *map;
        const AuthServiceConfig& service = dialog->service.config_;
        std::string user = user_in(properties);
        if (user.empty()) {
            warn(service,
                 "its open has no authenticated-identity with a \"sub\": nobody is let in by it");
            dialog->finish(LoginFault::unreachable);
        } else {
            dialog->finish(Acceptance{
                .identity = {.user = std::move(user),
                             .mechanism = dialog->mechanism,
                             .grant = service.grants ? grant_in(open, properties, service.name)
                                                     : nullptr},
                .data = std::move(dialog->data)});
        }
        close();
    }
    void on_closed(bool by_peer, const amqp::ErrorView* error) override {
        if (error != nullptr) {
            lose(std::string(by_peer ? "it closed: " : "") + std::string(error->description));
        }
        Connection::on_closed(by_peer, error);
    }
    void on_gone(std::string_view why) override {
        lose(std::string(why));
        if (const auto dialog = dialog_.lock()) {
            dialog->talk = nullptr;
        }
    }

    void lose(const std::string& why) {
        const auto dialog = dialog_.lock();
        if (dialog && !dialog->over) {
            if (!dialog->mechanism.empty()) {
                warn(dialog->service.config_, printable(why.substr(0, 300)));
            }
            dialog->finish(LoginFault::unreachable);
        }
    }

    std::weak_ptr<Dialog> dialog_;
};

AuthService::AuthService(io::Loop& loop, AuthServiceConfig config)
    : loop_{loop}, config_{std::move(config)}, container_{"weft-asks-" + hex(io::random_bytes())} {
    probe();
}

AuthService::~AuthService() {
    for (const auto& [id, dialog] : dialogs_) {
        dialog->over = true;  // and nobody hears of it
    }
}

void AuthService::tell(const std::shared_ptr<ServiceOffer>& offer) {
    std::erase_if(offers_, [](const auto& each) { return each.expired(); });
    offers_.push_back(offer);
    if (!offered_.empty()) {
        offer->hear(offered_);
    }
}

void AuthService::renew(const SslProfilePtr& profile) {
    if (config_.ssl_profile && config_.ssl_profile->name == profile->name) {
        config_.ssl_profile = profile;
    }
}

/// Which mechanisms it has.
void AuthService::probe() {
    if (const auto dialog = dial({}, [] { return true; })) {
        dialog->heard = [](const auto&) {};
    }
}

void AuthService::hear_mechanisms(std::vector<std::string> offered) {
    offered_ = std::move(offered);
    for (const auto& each : offers_) {
        if (const auto offer = each.lock()) {
            offer->hear(offered_);
        }
    }
}

std::shared_ptr<AuthService::Dialog> AuthService::dial(std::string_view mechanism,
                                                       std::function<bool()> is_wanted) {
    const ConnectionConfig asked{.name = "authServicePlugin/" + config_.name,
                                 .host = config_.host,
                                 .port = config_.port,
                                 .max_frame_size = 65536,
                                 .max_sessions = 1,
                                 .idle_timeout = kDialogMax,
                                 .ssl_profile = config_.ssl_profile};
    auto security = protection_of(asked);
    if (!security) {
        warn(config_, security.error().text);
        return nullptr;
    }
    auto profile = std::make_shared<endpoint::ConnectionProfile>(
        connector_profile(asked, {container_, {}, {}}));
    auto dialog = std::make_shared<Dialog>(
        Dialog{.service = *this, .id = next_++, .mechanism = std::string(mechanism)});
    amqp::Options& engine = profile->engine;
    engine.properties = {};
    engine.hostname = config_.realm.empty() ? config_.host : config_.realm;
    if (config_.grants) {
        engine.desired_capabilities = amqp::capabilities({kAuthorizes});
    }
    engine.handshake_timeout = kDialogMax;
    engine.sasl_choices = {
        {.mechanism = dialog->mechanism,
         .begin = [weak = std::weak_ptr{dialog}] { return std::make_unique<Relay>(weak); }}};
    engine.heard_mechanisms = [this, weak = std::weak_ptr{dialog}](const auto& offered) {
        if (!weak.expired()) {  // then this is there, too
            hear_mechanisms({offered.begin(), offered.end()});
        }
    };
    dialog->is_wanted = std::move(is_wanted);
    dialog->until = loop_.now() + kDialogMax;
    dialog->connector = std::make_shared<io::Connector>(
        loop_,
        io::Connector::Options{.name = asked.name,
                               .primary = {asked.host, std::to_string(asked.port)},
                               .security = *std::move(security)},
        [profile,
         weak = std::weak_ptr{dialog}](io::Transport& transport) -> std::unique_ptr<io::Protocol> {
            const auto open = weak.lock();
            return open && !open->over ? std::make_unique<Talk>(transport, profile, open) : nullptr;
        });
    dialogs_.emplace(dialog->id, dialog);
    if (dialogs_.size() == 1) {
        timer_ = loop_.every(kTick, [this] { tick(); });
    }
    return dialog;
}

std::uint64_t AuthService::begin(std::string_view mechanism,
                                 Bytes response,
                                 std::function<bool()> is_wanted,
                                 Heard heard) {
    if (dialogs_.size() >= kDialogsMax) {
        heard(LoginFault::busy);
        return 0;
    }
    const auto dialog = dial(mechanism, std::move(is_wanted));
    if (!dialog) {
        heard(LoginFault::unreachable);
        return 0;
    }
    dialog->first.assign(response.begin(), response.end());
    dialog->heard = std::move(heard);
    return dialog->id;
}

void AuthService::respond(std::uint64_t dialog, Bytes response, Heard heard) {
    const auto at = dialogs_.find(dialog);
    if (at == dialogs_.end() || at->second->over || at->second->talk == nullptr) {
        heard(LoginFault::unreachable);
        return;
    }
    at->second->heard = std::move(heard);
    at->second->talk->respond(response);
}

void AuthService::end(std::uint64_t dialog) {
    dialogs_.erase(dialog);
    if (dialogs_.empty()) {
        timer_ = {};
    }
}

/// Those that nobody waits for, that take too long, or that can't be connected.
void AuthService::tick() {
    for (const auto& [id, dialog] : std::map{dialogs_}) {
        const bool failed = dialog->connector->status() == io::Connector::Status::failed;
        if (failed && !dialog->over) {
            warn(config_, dialog->connector->message());
        }
        if (failed || loop_.now() >= dialog->until || !dialog->is_wanted()) {
            dialog->finish(LoginFault::unreachable);
        }
    }
}

}  // namespace weft::daemon
