#include "common/io/security.hpp"

#include "common/base/conditions.hpp"

namespace weft::io {

Result<Security> Security::tls(const TlsProfile& profile) {
    return fail(kNotImplemented,
                "profile " + profile.name + " can't be used: this version has no TLS");
}

}  // namespace weft::io
