// weft-toy: an echo service, and the least that a daemon on the mesh writes. What a client sends to
// any address but `$management` comes back, byte for byte, on the link that it has from there.
// Through a connector it serves the address `echo` of a mesh, and answers to `echo/back`.
#include "common/daemon/audit_section.hpp"
#include "common/daemon/connection_keys.hpp"
#include "common/daemon/log_modules.hpp"
#include "common/daemon/management_links.hpp"
#include "common/daemon/messages.hpp"
#include "common/daemon/simple_daemon.hpp"
#include "common/daemon/ssl_profile_section.hpp"
#include "common/daemon/users_section.hpp"
#include "common/wire/delivery_state.hpp"

#include <array>
#include <map>
#include <optional>
#include <utility>

namespace weft::toy {
namespace {

constexpr std::string_view kName = "weft-toy";
constexpr std::string_view kVersion = "0.1.0";
constexpr std::uint32_t kCredit = 10;  // messages that a peer may send ahead
constexpr io::Module kEcho = io::own_module(0);
constexpr auto kLogModules =
    daemon::with_common_modules(std::array{io::NamedModule{kEcho, "ECHO"}});

/// One peer: what it sends is echoed, and it may manage.
class EchoConnection final : public endpoint::Connection {
public:
    EchoConnection(io::Transport& transport,
                   std::shared_ptr<const endpoint::ConnectionProfile> profile,
                   daemon::SimpleDaemon& toy)
        : Connection{transport, std::move(profile)},
          connections_{toy.connections()},
          management_{toy.agent(), {.who = [this] { return daemon::requester_of(*this); }}} {
        start(connections_.add(*this));
    }

private:
    void on_opened(const amqp::Open& open) override {
        Connection::on_opened(open);
        if (outgoing()) {
            amqp::Session* session = machine().begin();
            attach(*session, /*receiver=*/true, "echo");
            attach(*session, /*receiver=*/false, "echo/back");
        }
    }
    void on_gone(std::string_view) override { connections_.forget(*this); }

    void attach(amqp::Session& session, bool receiver, std::string_view address) {
        using Kind = amqp::Terminus::Kind;
        session.attach({.name = address,
                        .receiver = receiver,
                        .source = amqp::Terminus{.kind = Kind::source, .address = address},
                        .target = amqp::Terminus{.kind = Kind::target, .address = address}});
    }
    /// The peer's attach, or its answer to ours.
    void on_attach(amqp::Link& link, const amqp::Attach& attach) override {
        if (!outgoing() && management_.attach(link, attach)) {
            return;
        }
        if (!outgoing() && !link.accept({.sender_settle_mode = attach.sender_settle_mode,
                                         .source = attach.source,
                                         .target = attach.target,
                                         .max_message_size = profile().max_message_size})) {
            return;
        }
        if (link.is_receiver()) {
            link.grant(kCredit);
        } else {
            back_.emplace(link);
        }
    }
    void on_detach(amqp::Link& link, bool, const amqp::ErrorView*) override {
        management_.on_detach(link);
        incoming_.erase(&link);
        if (back_ && &back_->link() == &link) {
            back_.reset();
        }
    }
    void on_transfer(amqp::Link& link,
                     const amqp::IncomingTransfer& transfer,
                     amqp::Context&) override {
        if (management_.owns(link)) {
            management_.on_transfer(link, transfer);
            return;
        }
        daemon::Inbox& inbox = incoming_[&link];
        if (!inbox.add(transfer)) {
            return;
        }
        Buffer message = inbox.take();
        WEFT_LOG(kEcho, io::Level::debug,
                 tag() + " echoes " + std::to_string(message.size()) + " bytes");
        if (back_) {
            back_->push(std::move(message));
        }
        const Bytes outcome = back_ ? wire::kAccepted : wire::kReleased;
        link.update(transfer.id, outcome, /*settled=*/true);
        link.grant(kCredit);
    }
    void on_credit(amqp::Link& link) override {
        if (management_.owns(link)) {
            management_.on_credit(link);
        } else if (back_) {
            back_->send();
        }
    }
    void on_writable() override {
        management_.on_writable();
        if (back_) {
            back_->send();
        }
    }

    daemon::Connections& connections_;
    daemon::ManagementLinks management_;
    std::map<const amqp::Link*, daemon::Inbox> incoming_;
    std::optional<daemon::Outbox> back_;  // where echoes go
};

const config::KeyTable& table() {
    using config::Key;
    static constexpr std::array kToyKeys{
        Key{.name = "id", .default_value = "toy", .meaning = "Its name among all daemons."}};
    static constexpr auto kModules = daemon::module_choices(kLogModules);
    static const std::vector<Key> kListenerKeys = daemon::listener_keys();
    static const std::vector<Key> kConnectorKeys = daemon::connector_keys();
    static const auto kLogKeys = daemon::log_keys(kModules);
    static const std::array kSections{config::Section{.name = "toy",
                                                      .entity = "toy",
                                                      .meaning = "The toy itself.",
                                                      .singleton = true,
                                                      .keys = kToyKeys},
                                      daemon::listener_section(kListenerKeys),
                                      daemon::connector_section(kConnectorKeys),
                                      daemon::ssl_profile_section(),
                                      daemon::users_section(),
                                      daemon::jwt_section(),
                                      daemon::rights_section(),
                                      daemon::audit_section(),
                                      daemon::log_section(kLogKeys)};
    static const config::KeyTable kTable{kName, kSections};
    return kTable;
}

std::optional<daemon::Loaded> load(const config::CommandLine& command, config::Faults& faults) {
    const auto document = daemon::load_document(command, table(), faults);
    if (!document) {
        return std::nullopt;
    }
    const daemon::SimpleDaemon::Options options{
        .product = {.container = document->singleton("toy").text("id"),
                    .name = kName,
                    .version = kVersion},
        .kind = "toy",
        .config = daemon::read_common(*document, kLogModules, faults),
        .table = table()};
    if (faults.failed()) {
        return std::nullopt;
    }
    return daemon::Loaded{.log = options.config.log,
                          .audit = options.config.audit,
                          .make = [options](io::Loop& loop) {
                              return std::make_unique<daemon::SimpleDaemon>(
                                  loop, options,
                                  [](io::Transport& transport,
                                     std::shared_ptr<const endpoint::ConnectionProfile> profile,
                                     daemon::SimpleDaemon& toy) {
                                      return std::make_unique<EchoConnection>(
                                          transport, std::move(profile), toy);
                                  });
                          }};
}

}  // namespace
}  // namespace weft::toy

int main(int argc, char** argv) {
    using namespace weft;
    return daemon::run(
        {.about = {.name = toy::kName, .version = toy::kVersion, .summary = "an echo service"},
         .log_modules = toy::kLogModules,
         .load = toy::load},
        argc, argv);
}
