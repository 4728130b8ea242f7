#include "common/daemon/gate_exchange.hpp"

#include "common/base/ip_address.hpp"
#include "common/daemon/service_offer.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>
#include <variant>

namespace weft::daemon {
namespace {

using security::Answer;
using security::Exchange;

/// On the connection's loop; the gate is asked on its own. Who waits for an answer holds `done`, so
/// that an exchange that is gone hears none.
class AskingExchange final : public Exchange {
public:
    using Runner = std::function<void(std::function<void()>)>;

    AskingExchange(io::Loop& home,
                   std::weak_ptr<Gate> gate,
                   std::shared_ptr<Gate::Visit> visit,
                   Runner run_there)
        : home_{home},
          gate_{std::move(gate)},
          visit_{std::move(visit)},
          run_there_{std::move(run_there)} {}

    void respond(Bytes response, Done done) override {
        waiting_ = std::make_shared<Done>(std::move(done));
        home_.post([gate = gate_, visit = visit_, waiting = std::weak_ptr{waiting_},
                    run_there = run_there_, said = Buffer(response.begin(), response.end())] {
            const auto open = gate.lock();
            if (!open || waiting.expired()) {
                return;
            }
            open->respond(
                visit, said, [waiting] { return !waiting.expired(); },
                [waiting, run_there](Answer answer) {
                    run_there([waiting, answer = std::move(answer)] {
                        if (const auto to = waiting.lock()) {
                            (*to)(answer);
                        }
                    });
                });
        });
    }

private:
    io::Loop& home_;
    std::weak_ptr<Gate> gate_;
    std::shared_ptr<Gate::Visit> visit_;
    Runner run_there_;
    std::shared_ptr<Done> waiting_{};
};

/// One that is answered at once; the gate hears how it ended.
class TellingExchange final : public Exchange {
public:
    TellingExchange(io::Loop& home,
                    std::weak_ptr<Gate> gate,
                    std::shared_ptr<Gate::Visit> visit,
                    std::unique_ptr<Exchange> exchange)
        : home_{home},
          gate_{std::move(gate)},
          visit_{std::move(visit)},
          exchange_{std::move(exchange)} {}

    void respond(Bytes response, Done done) override {
        exchange_->respond(response, [&](Answer answer) {
            const auto* const accepted = std::get_if<security::Acceptance>(&answer);
            tell(accepted == nullptr ? std::nullopt : std::optional{accepted->identity});
            done(std::move(answer));
        });
    }

private:
    void tell(std::optional<security::Identity> came_in) {
        home_.post([gate = gate_, visit = visit_, came_in = std::move(came_in)] {
            if (const auto open = gate.lock()) {
                if (came_in) {
                    open->note_in(*visit, *came_in);
                } else {
                    open->note(*visit, security::LoginFault::certificate);
                }
            }
        });
    }

    io::Loop& home_;
    std::weak_ptr<Gate> gate_;
    std::shared_ptr<Gate::Visit> visit_;
    std::unique_ptr<Exchange> exchange_;
};

security::InTheClear in_the_clear(const ListenerConfig& listener) {
    return listener.connection.insecure ? security::InTheClear::taken
                                        : security::InTheClear::refused;
}

security::Bare bare(const ListenerConfig& listener) {
    return listener.authenticate_peer ? security::Bare::refused : security::Bare::taken;
}

}  // namespace

GateAuthenticator::GateAuthenticator(io::Loop& home,
                                     std::weak_ptr<Gate> gate,
                                     const ListenerConfig& listener,
                                     const std::shared_ptr<AuthService>& service)
    : home_{home},
      gate_{std::move(gate)},
      listener_{listener.connection.name},
      plugin_{listener.sasl_plugin},
      offer_{listener.connection.sasl_mechanisms, in_the_clear(listener)},
      simple_{listener.connection.sasl_mechanisms, bare(listener)} {
    if (service) {
        service_offer_ = std::make_shared<ServiceOffer>(listener.plugin_mechanisms,
                                                        listener.connection.sasl_mechanisms,
                                                        in_the_clear(listener), bare(listener));
        takes_certificates_ = std::ranges::find(listener.plugin_mechanisms, security::kExternal) !=
                              listener.plugin_mechanisms.end();
        service->tell(service_offer_);
    }
}

std::unique_ptr<Exchange> GateAuthenticator::begin(std::string_view mechanism,
                                                   const security::Peer& peer) const {
    auto visit = std::make_shared<Gate::Visit>(Gate::Visit{.login = security::Login{mechanism},
                                                           .listener = listener_,
                                                           .host = counted_host(peer.host),
                                                           .address = std::string{peer.host}});
    if (service_offer_ && mechanism == security::kExternal && !takes_certificates_) {
        const security::Protection nobody;
        return std::make_unique<TellingExchange>(
            home_, gate_, std::move(visit),
            simple_.begin(mechanism,
                          {.protection = nobody, .host = peer.host, .run_there = peer.run_there}));
    }
    if (service_offer_ && mechanism != security::kExternal) {
        visit->plugin = plugin_;
        return std::make_unique<AskingExchange>(home_, gate_, std::move(visit), peer.run_there);
    }
    if (mechanism == security::kAnonymous || mechanism == security::kExternal) {
        return std::make_unique<TellingExchange>(home_, gate_, std::move(visit),
                                                 simple_.begin(mechanism, peer));
    }
    return std::make_unique<AskingExchange>(home_, gate_, std::move(visit), peer.run_there);
}

}  // namespace weft::daemon
