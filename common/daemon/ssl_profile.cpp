#include "common/daemon/ssl_profile.hpp"

#include "common/base/printable.hpp"
#include "common/config/secret.hpp"
#include "common/json/tree.hpp"
#include "common/security/identity.hpp"
#include "common/tls/user.hpp"

#include <algorithm>
#include <filesystem>
#include <numeric>
#include <system_error>
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
    if (read->size() > SslProfile::kTextBytesMax) {
        return tl::unexpected(SslFault{key, "is larger than " +
                                                std::to_string(SslProfile::kTextBytesMax >> 20U) +
                                                " MiB; no certificates or keys are"});
    }
    text = *std::move(read);
    return {};
}

constexpr std::string_view kListKey = "crl";
constexpr std::string_view kNamesKey = "uidNameMappingFile";

tl::expected<void, SslFault> read_names(SslProfile& profile, const config::FileReader& reader) {
    std::string text;
    if (profile.names_from.empty()) {
        return {};
    }
    if (auto read = read_one(profile.names_from, kNamesKey, text, reader); !read) {
        return read;
    }
    auto names = user_names_in(text);
    if (!names) {
        return tl::unexpected(
            SslFault{kNamesKey, config::quote(profile.names_from) + " " + names.error()});
    }
    profile.tls.user_names = *std::move(names);
    return {};
}

tl::unexpected<SslFault> bad_list(std::string text) {
    return tl::unexpected(SslFault{kListKey, std::move(text)});
}

/// Itself, or what a folder has, but for hidden files.
tl::expected<std::vector<std::string>, std::string> list_files(const std::string& from) {
    std::error_code failure;
    if (!std::filesystem::is_directory(from, failure)) {
        return std::vector{from};
    }
    auto names = config::read_folder(from, "");
    if (!names) {
        return tl::unexpected(config::quote(from) + " " + names.error());
    }
    std::erase_if(*names, [](const std::string& each) { return each.starts_with('.'); });
    if (names->empty()) {
        return tl::unexpected(config::quote(from) + " has no file: put the lists there");
    }
    if (names->size() > SslProfile::kListFilesMax) {
        return tl::unexpected(config::quote(from) + " has more than " +
                              std::to_string(SslProfile::kListFilesMax) + " files");
    }
    for (std::string& each : *names) {
        each.insert(0, from + "/");
    }
    return names;
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
        to.password = to.password.substr(0, to.password.find_first_of("\r\n"));
    }
    return read_names(profile, reader);
}

tl::expected<std::shared_ptr<const tls::UserNames>, std::string> user_names_in(
    std::string_view text) {
    const auto fault = [](const std::string& why) { return tl::unexpected(why); };
    const json::Reading read = json::read(
        text, {.limits = {.bytes = SslProfile::kTextBytesMax, .members = SslProfile::kNamesMax}});
    if (!read.root || !read.faults.empty()) {
        return fault(read.faults.empty() ? "is no JSON"
                                         : "line " + std::to_string(read.faults[0].at.line) + " " +
                                               read.faults[0].text);
    }
    const auto* const members = std::get_if<json::Object>(&read.root->value);
    if (members == nullptr) {
        return fault(R"(is no object of users and their names, as { "dev-7": "pump 7" })");
    }
    auto names = std::make_shared<tls::UserNames>();
    for (const json::Member& each : *members) {
        const auto* const name = std::get_if<std::string>(&each.node.value);
        const bool fits = name != nullptr && !name->empty() && name->size() <= tls::kNameMax &&
                          printable(*name) == *name && *name != security::Identity{}.user;
        if (!fits) {
            return fault("has for " + config::quote(each.name) +
                         " what is no name: 1 to 1024 printable characters, and not anonymous");
        }
        names->emplace(each.name, *name);
    }
    return names;
}

tl::expected<void, SslFault> read_lists(SslProfile& profile, const config::FileReader& reader) {
    if (profile.revoked_from.empty()) {
        return {};
    }
    const auto files = list_files(profile.revoked_from);
    if (!files) {
        return bad_list(files.error());
    }
    std::vector<std::string> texts;
    std::size_t size = 0;
    for (const std::string& file : *files) {
        auto text = reader(file);
        if (!text) {
            return bad_list(config::quote(file) + " " + text.error());
        }
        size += text->size();
        if (size > SslProfile::kListBytesMax) {
            return bad_list(config::quote(file) + " is too much: the lists together may have " +
                            std::to_string(SslProfile::kListBytesMax >> 20U) + " MiB");
        }
        texts.push_back(*std::move(text));
    }
    auto made = tls::Revocations::make(texts, profile.tls.authorities);
    if (!made) {
        return bad_list(config::quote((*files)[made.error().text]) + " " + made.error().why);
    }
    profile.revoked = *std::move(made);
    return {};
}

std::vector<std::string> SslProfile::files() const {
    std::vector<std::string> files{certificates_from, private_key_from, authorities_from,
                                   password_file,     revoked_from,     names_from};
    std::erase_if(files,
                  [](const std::string& each) { return each.empty() || each.starts_with("env:"); });
    return files;
}

std::size_t SslProfile::bytes() const {
    return tls.certificates.size() + tls.private_key.size() + tls.authorities.size() +
           tls.password.size() + (revoked ? revoked->bytes() : 0);
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

std::size_t SslProfiles::bytes() const {
    return std::accumulate(all_.begin(), all_.end(), std::size_t{0},
                           [](std::size_t sum, const auto& each) { return sum + each->bytes(); });
}

std::string SslProfiles::names() const {
    std::string text;
    for (const SslProfilePtr& each : all_) {
        text += (text.empty() ? "" : ", ") + each->name;
    }
    return text;
}

}  // namespace weft::daemon
