#pragma once

#include "common/daemon/auth_service_section.hpp"
#include "common/daemon/service_offer.hpp"
#include "common/io/loop.hpp"
#include "common/security/authenticator.hpp"
#include "common/security/login_tally.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace weft::daemon {

/// An authentication service, as Qpid Dispatch's authServicePlugin has it: each peer's SASL
/// exchange is passed on over a connection of its own, and the service's open says who the peer is
/// (`authenticated-identity`) and, if it offers ADDRESS-AUTHZ, what it may use (`address-authz`).
///
/// What a peer says is passed on as it is, whatever the mechanism. A connection lasts as long as
/// its exchange. Threading: loop-confined (loop 0); owned by shared pointers.
class AuthService final : public std::enable_shared_from_this<AuthService> {
public:
    /// Exchanges at once; further peers may come again later.
    static constexpr std::size_t kDialogsMax = 1'000;
    /// From the peer's first word to the service's last one.
    static constexpr Duration kDialogMax = std::chrono::seconds{20};

    using Heard = std::function<void(
        std::variant<security::Challenge, security::Acceptance, security::LoginFault> word)>;

    /// `loop` must outlive it. Asks the service for its mechanisms.
    AuthService(io::Loop& loop, AuthServiceConfig config);
    ~AuthService();
    AuthService(const AuthService&) = delete;
    AuthService& operator=(const AuthService&) = delete;

    const AuthServiceConfig& config() const { return config_; }
    /// Connections to come have it, if they had the one of that name.
    void renew(const SslProfilePtr& profile);
    /// What listeners may offer, as `offer` hears of it from now on.
    void tell(const std::shared_ptr<ServiceOffer>& offer);

    /// A peer begins. `heard` is called once, later. `is_wanted`: false once the peer is gone.
    std::uint64_t begin(std::string_view mechanism,
                        Bytes response,
                        std::function<bool()> is_wanted,
                        Heard heard);
    /// Its answer to a Challenge. `heard` as before; at once if the exchange is over.
    void respond(std::uint64_t dialog, Bytes response, Heard heard);

private:
    struct Dialog;
    class Talk;
    class Relay;

    std::shared_ptr<Dialog> dial(std::string_view mechanism, std::function<bool()> is_wanted);
    void probe();
    void hear_mechanisms(std::vector<std::string> offered);
    void end(std::uint64_t dialog);
    void tick();

    io::Loop& loop_;
    AuthServiceConfig config_;
    std::string container_;
    std::map<std::uint64_t, std::shared_ptr<Dialog>> dialogs_;
    std::vector<std::weak_ptr<ServiceOffer>> offers_;
    std::vector<std::string> offered_;  // as it was heard last
    std::uint64_t next_ = 1;
    io::Timer timer_;  // while there are dialogs
};

}  // namespace weft::daemon
