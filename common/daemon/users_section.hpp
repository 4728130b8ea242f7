#pragma once

#include "common/config/document.hpp"
#include "common/config/fault.hpp"
#include "common/config/file_reader.hpp"
#include "common/config/keys.hpp"
#include "common/daemon/auth_service_section.hpp"
#include "common/daemon/jwt_section.hpp"
#include "common/daemon/rights_section.hpp"
#include "common/security/users.hpp"

#include <tl/expected.hpp>

#include <memory>
#include <string>
#include <vector>

/// The section "users", of every daemon: who may come in by a password.
namespace weft::daemon {

using UsersPtr = std::shared_ptr<const security::Users>;

/// A file of users, and what it says; who is a user by a token, or by a service's word; and who may
/// manage the daemon.
struct UserFile {
    std::string path{};  // empty: none is configured
    UsersPtr users{};    // null: none, or its file does not do
    TokenFile tokens{};
    std::vector<AuthServiceConfig> services{};  // that say who peers are
    Rights rights{};
};

config::Section users_section();

/// What the file at `path` says; or what is wrong: "users:3: is damaged …".
[[nodiscard]] tl::expected<UsersPtr, std::string> read_users(const std::string& path,
                                                             const config::FileReader& reader);

/// Reads the section with its file, "jwt" with its own, "authServicePlugins" and "management", and
/// reports what is wrong with them.
UserFile read_user_file(const config::Document& document,
                        const SslProfiles& profiles,
                        const config::FileReader& reader,
                        config::Faults& faults);

}  // namespace weft::daemon
