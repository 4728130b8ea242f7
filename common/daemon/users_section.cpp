#include "common/daemon/users_section.hpp"

#include <array>
#include <utility>

namespace weft::daemon {
namespace {

using config::Entity;
using config::Key;
using config::Type;

constexpr std::array kUsersKeys{
    Key{.name = "file",
        .type = Type::path,
        .meaning = "File of the users that may come in by a password (`PLAIN`, `SCRAM-SHA-256`, "
                   "`SCRAM-SHA-512`). `weft user add FILE NAME` makes it; it is read anew "
                   "when it changes, or on SIGHUP."},
};

}  // namespace

config::Section users_section() {
    return {.name = "users",
            .entity = "users",
            .meaning = "Who may come in by a password.",
            .singleton = true,
            .keys = kUsersKeys};
}

tl::expected<UsersPtr, std::string> read_users(const std::string& path,
                                               const config::FileReader& reader) {
    const auto text = reader(path);
    if (!text) {
        return tl::unexpected(config::quote(path) + " " + text.error() +
                              "; 'weft user add' makes a file of users");
    }
    auto users = security::Users::from(*text);
    if (!users) {
        return tl::unexpected(config::quote(path) + " line " + std::to_string(users.error().line) +
                              " " + users.error().text);
    }
    return std::make_shared<const security::Users>(*std::move(users));
}

UserFile read_user_file(const config::Document& document,
                        const SslProfiles& profiles,
                        const config::FileReader& reader,
                        config::Faults& faults) {
    const Entity& entity = document.singleton("users");
    UserFile file{.path = entity.text("file"),
                  .users = nullptr,
                  .tokens = read_token_file(document, reader, faults),
                  .services = read_auth_services(document, profiles, faults),
                  .rights = read_rights(document, faults)};
    if (file.path.empty()) {
        return file;
    }
    auto users = read_users(file.path, reader);
    if (users) {
        file.users = *std::move(users);
    } else {
        key_error(entity, "file", std::move(users).error(), faults);
    }
    return file;
}

}  // namespace weft::daemon
