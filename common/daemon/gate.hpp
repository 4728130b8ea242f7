#pragma once

#include "common/config/file_reader.hpp"
#include "common/daemon/auth_service.hpp"
#include "common/daemon/connection_config.hpp"
#include "common/daemon/password_checks.hpp"
#include "common/daemon/users_section.hpp"
#include "common/endpoint/line_budget.hpp"
#include "common/io/loop.hpp"
#include "common/security/authenticator.hpp"
#include "common/security/guess_limits.hpp"
#include "common/security/login.hpp"
#include "common/security/login_tally.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::daemon {

/// Where peers of all listeners say who they are: it knows the users, how many guesses were wrong,
/// and who came in. There is one in a daemon.
///
/// Listeners' connections live on any loop: their exchanges ask here by posted functions, and hear
/// by posted functions. An exchange that is gone hears nothing, and a gate that is gone says
/// nothing.
/// Threading: loop-confined (loop 0), but for what is said otherwise.
class Gate final : public std::enable_shared_from_this<Gate> {
public:
    /// One exchange of a peer, on any loop; what it says is looked at on loop 0, one response after
    /// the other.
    struct Visit {
        security::Login login;
        std::string listener;
        std::string host;       // that what it does wrong is counted by
        std::string address{};  // as operators know it, without the port
        /// It says so with each request: of an hour it is told once that it came in.
        bool repeated = false;
        /// The authentication service that is asked instead of the gate's users, and the exchange
        /// there, 0: none yet.
        std::string plugin{};
        std::uint64_t dialog = 0;
        /// Its token was not taken, as it was told: whatever it says, that is the end.
        std::optional<security::Refusal> refused{};
    };
    using Answered = std::function<void(security::Answer answer)>;

    /// `loop` must outlive it.
    Gate(io::Loop& loop, UserFile users);

    /// What decides of the peers of a listener. For any thread.
    std::shared_ptr<const security::Authenticator> authenticator(const ListenerConfig& listener);

    /// A response of a visitor, also where no SASL is spoken: a user name with a password is PLAIN.
    /// `is_wanted`: false, when nobody waits for the answer any more.
    void respond(const std::shared_ptr<Visit>& visit,
                 Bytes response,
                 std::function<bool()> is_wanted,
                 Answered answered);
    /// A peer came in, or did not.
    void note_in(const Visit& visit, const security::Identity& who);
    void note(const Visit& visit, security::LoginFault fault);

    /// Connections to authentication services to come have it, if they had the one of that name.
    void renew(const SslProfilePtr& profile);
    /// The services that are asked.
    const std::vector<AuthServiceConfig>& services() const { return file_.services; }

    /// Where the users come from; empty: there are none.
    const std::string& users_file() const { return file_.path; }
    /// Those who are users from now on.
    void put_users(UsersPtr users) { file_.users = std::move(users); }
    /// The same of the keys that sign tokens.
    const std::string& keys_file() const { return file_.tokens.path; }
    void put_keys(TokenKeysPtr keys) { file_.tokens.keys = std::move(keys); }

    /// Who may manage the daemon.
    const Rights& rights() const { return file_.rights; }

    std::size_t users() const { return file_.users->size(); }
    const security::LoginTally& tally() const { return tally_; }

private:
    void check(const std::shared_ptr<Visit>& visit,
               security::PasswordGuess guess,
               std::function<bool()> is_wanted,
               Answered answered);
    void ask_service(const std::shared_ptr<Visit>& visit,
                     Bytes response,
                     std::function<bool()> is_wanted,
                     Answered answered);
    std::shared_ptr<AuthService> find_service(std::string_view name) const;
    bool is_news(const Visit& visit, const std::string& user);
    security::Answer judge(Visit& visit, const security::TokenShown& shown);
    security::Refusal refuse(const Visit& visit, security::LoginFault fault);

    io::Loop& loop_;
    UserFile file_;
    std::vector<std::shared_ptr<AuthService>> services_;
    security::GuessLimits limits_;
    security::LoginTally tally_;
    std::map<std::pair<std::string, std::string>, Instant> came_in_;  // host, user; who repeats it
    endpoint::LineBudget lines_;
    PasswordChecks checks_;
};

/// How much of management who asks may use, as `gate` has it, which must outlive the agent.
inline auto judge_by(const Gate& gate) {
    return [&gate](const mgmt::Requester& who) { return gate.rights().of(who); };
}

}  // namespace weft::daemon
