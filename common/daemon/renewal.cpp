#include "common/daemon/renewal.hpp"

#include "common/daemon/connection_protection.hpp"
#include "common/daemon/ssl_profile_section.hpp"
#include "common/io/log.hpp"
#include "common/tls/context.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace weft::daemon {
namespace {

void stays(const std::string& what, const std::string& why) {
    WEFT_LOG(
        io::Module::server, io::Level::error,
        what + " stays as it was, until what is wrong is put right and SIGHUP comes again: " + why);
}

/// Null: it can't be.
SslProfilePtr renewed(const SslProfile& old, const config::FileReader& reader) {
    auto profile = std::make_shared<SslProfile>(old);
    const std::string who = "sslProfile " + old.name;
    if (const auto read = read_texts(*profile, reader); !read) {
        stays(who, "its " + std::string{read.error().key} + ": " + read.error().text);
        return nullptr;
    }
    const auto tried = tls::Context::make(profile->tls, {.server = false});
    if (!tried) {
        stays(who, "its " + std::string{key_of(tried.error().part)} + " " + tried.error().text);
        return nullptr;
    }
    WEFT_LOG(io::Module::server, io::Level::notice,
             who + " was read anew" +
                 (profile->tls.certificates.empty()
                      ? ""
                      : "; its certificate holds until " + day_of(profile->validity.until)));
    return profile;
}

}  // namespace

void renew_certificates(SslProfiles& profiles,
                        Listeners& listeners,
                        Connectors& connectors,
                        const config::FileReader& reader) {
    const std::vector<SslProfilePtr> before = profiles.all();
    for (const SslProfilePtr& old : before) {
        if (SslProfilePtr profile = renewed(*old, reader)) {
            profiles.replace(profile);
            listeners.renew(profile, reader);
            connectors.renew(profile);
        }
    }
}

}  // namespace weft::daemon
