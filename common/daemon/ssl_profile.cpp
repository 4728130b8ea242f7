#include "common/daemon/ssl_profile.hpp"

#include "common/config/secret.hpp"

#include <algorithm>
#include <utility>

namespace weft::daemon {
namespace {

/// `key`: of the configuration, that says where the text comes from.
tl::expected<void, SslFault> read_one(const std::string& source,
                                      std::string_view key,
                                      std::string& text,
                                      const config::FileReader& reader) {
    if (source.empty()) {
        return {};
    }
    auto read = config::read_pem(source, reader);
    if (!read) {
        return tl::unexpected(SslFault{key, std::move(read).error()});
    }
    text = *std::move(read);
    return {};
}

}  // namespace

tl::expected<void, SslFault> read_texts(SslProfile& profile, const config::FileReader& reader) {
    tls::Profile& to = profile.tls;
    for (const auto& read :
         {read_one(profile.certificates_from, key_of(tls::Part::certificates), to.certificates,
                   reader),
          read_one(profile.private_key_from, key_of(tls::Part::private_key), to.private_key,
                   reader),
          read_one(profile.authorities_from, key_of(tls::Part::authorities), to.authorities,
                   reader),
          read_one(profile.password_file, "passwordFile", to.password, reader)}) {
        if (!read) {
            return read;
        }
    }
    profile.validity = tls::validity_of(to.certificates).value_or(tls::Validity{});
    if (!profile.password_file.empty()) {
        to.password.resize(std::min(to.password.find_first_of("\r\n"), to.password.size()));
    }
    return {};
}

std::string_view key_of(tls::Part part) {
    switch (part) {
        case tls::Part::certificates:
            return "certFile";
        case tls::Part::private_key:
            return "privateKeyFile";
        case tls::Part::password:
            return "password";
        case tls::Part::authorities:
            return "caCertFile";
        case tls::Part::ciphers:
            return "ciphers";
        case tls::Part::protocols:
            return "protocols";
        case tls::Part::user_format:
            return "uidFormat";
    }
    return "";
}

SslProfilePtr SslProfiles::find(std::string_view name) const {
    const auto found = std::ranges::find(all_, name, &SslProfile::name);
    return found == all_.end() ? nullptr : *found;
}

bool SslProfiles::add(SslProfilePtr profile) {
    const bool is_new = find(profile->name) == nullptr;
    if (is_new) {
        all_.push_back(std::move(profile));
    }
    return is_new;
}

void SslProfiles::replace(SslProfilePtr profile) {
    const auto found = std::ranges::find(all_, profile->name, &SslProfile::name);
    if (found != all_.end()) {
        *found = std::move(profile);
    }
}

bool SslProfiles::remove(std::string_view name) {
    return std::erase_if(all_, [&](const auto& each) { return each->name == name; }) > 0;
}

std::string SslProfiles::names() const {
    std::string text;
    for (const SslProfilePtr& each : all_) {
        text += (text.empty() ? "" : ", ") + each->name;
    }
    return text;
}

}  // namespace weft::daemon
