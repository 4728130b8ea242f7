#include "common/daemon/ssl_profile_entities.hpp"

#include "common/base/conditions.hpp"
#include "common/daemon/connection_identity.hpp"
#include "common/daemon/rows.hpp"
#include "common/tls/pem.hpp"

#include <string>

namespace weft::daemon {
namespace {

constexpr std::string_view kKind = "sslProfile";
constexpr std::string_view kIdentityStem = "sslProfile/";

mgmt::Row profile_row(const SslProfile& profile) {
    mgmt::Row row{.identity = std::string{kIdentityStem} + profile.name,
                  .name = profile.name,
                  .attributes = {}};
    const auto show = [&](std::string_view name, const std::string& value) {
        if (!value.empty()) {
            row.attributes.set(name, value);
        }
    };
    show("certFile", profile.certificates_from);
    show("privateKeyFile", profile.private_key_from);
    show("caCertFile", profile.authorities_from);
    show("passwordFile", profile.password_file);
    show("crl", profile.revoked_from);
    show("uidNameMappingFile", profile.names_from);
    show("protocols", profile.tls.protocols);
    show("ciphers", profile.tls.ciphers);
    show("uidFormat", profile.tls.user_format);
    if (!profile.tls.certificates.empty()) {
        row.attributes.set("certSubject", tls::subject_in(profile.tls.certificates));
        row.attributes.set("certNotAfter", profile.validity.until);
    }
    if (profile.revoked) {
        row.attributes.set("crlCertificates", profile.revoked->size());
        row.attributes.set("crlNextUpdate", profile.revoked->due());
    }
    return row;
}

}  // namespace

void SslProfileSource::read(std::size_t offset, std::size_t count, const Visit& visit) const {
    show_page(profiles_.all(), offset, count, visit,
              [](const SslProfilePtr& each) { return profile_row(*each); });
}

Result<mgmt::Row> SslProfileSource::create(std::string_view name, mgmt::Attributes attributes) {
    if (!make_) {
        return Source::create(name, std::move(attributes));
    }
    if (profiles_.all().size() >= SslProfiles::kMadeMax) {
        return fail(kResourceLimitExceeded, "there are " + std::to_string(profiles_.all().size()) +
                                                " sslProfiles: delete some that nobody needs");
    }
    WEFT_TRY(SslProfilePtr made, make_(name, attributes));
    if (profiles_.bytes() + made->bytes() > SslProfiles::kBytesMax) {
        return fail(kResourceLimitExceeded,
                    "the sslProfiles' certificates and keys take more than " +
                        std::to_string(SslProfiles::kBytesMax >> 20U) +
                        " MiB with this one: delete some that nobody needs, or name files with "
                        "fewer authorities");
    }
    if (!profiles_.add(made)) {
        return name_in_use(kKind, made->name);
    }
    return profile_row(*made);
}

Result<void> SslProfileSource::remove(const std::string& identity) {
    const bool ours = identity.starts_with(kIdentityStem);
    if (!ours || !profiles_.remove(std::string_view{identity}.substr(kIdentityStem.size()))) {
        return fail(kNotFound, "The sslProfile is gone");
    }
    return {};
}

}  // namespace weft::daemon
