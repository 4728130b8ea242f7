#pragma once

#include "common/base/http.hpp"
#include "common/daemon/connection_config.hpp"
#include "common/daemon/gate.hpp"
#include "common/mgmt/requester.hpp"

#include <tl/expected.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace weft::daemon {

/// Who asks over HTTP, at one listener: by a password (Basic) or a token (Bearer), if its
/// saslMechanisms have PLAIN or OAUTHBEARER; else by the certificate that he showed, if they have
/// EXTERNAL; else he is anonymous, where the listener has no authenticatePeer.
/// Threading: loop-confined (the gate's loop). Spec: RFC 9110 §11, RFC 7617, RFC 6750 §2.1
class WebDoor {
public:
    /// Who he is; or the answer that he gets instead: 401, 403 or 503.
    using Known = std::function<void(tl::expected<mgmt::Requester, HttpResponse> who)>;

    /// Where `gate` is gone, or null, nobody is known by a password.
    WebDoor(std::weak_ptr<Gate> gate, const ListenerConfig& listener);

    /// Calls `known`, now or later, unless nobody waits for it any more (`is_wanted`).
    void knock(const HttpRequest& request,
               std::function<bool()> is_wanted,
               const Known& known) const;

private:
    void ask(const HttpRequest& request,
             std::string_view mechanism,
             const Buffer& said,
             std::function<bool()> is_wanted,
             const Known& known) const;
    HttpResponse refusal(const HttpRequest& request, std::string text) const;

    std::weak_ptr<Gate> gate_;
    std::string name_;  // of the listener
    bool takes_passwords_;
    bool takes_tokens_;
    bool takes_certificates_;
    bool takes_anybody_;
    bool in_the_clear_;
};

}  // namespace weft::daemon
