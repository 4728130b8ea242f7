#include "common/io/security.hpp"

#include "common/io/tls_tally.hpp"

#include <utility>

namespace weft::io {

Security Security::tls(std::shared_ptr<const tls::Context> context,
                       Plain plain,
                       Duration handshake_max) {
    Security made;
    made.context_ = std::move(context);
    made.plain_ = plain;
    made.handshake_max_ = handshake_max;
    made.tally_ = std::make_shared<TlsTally>();
    return made;
}

Security Security::toward(std::string host) const {
    Security made{*this};
    made.host_ = std::move(host);
    return made;
}

Security Security::after(const Security& before) const {
    Security made{*this};
    made.tally_ = before.tally_;
    return made;
}

}  // namespace weft::io
