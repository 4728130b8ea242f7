#include "common/daemon/audit_section.hpp"

#include "common/config/entity.hpp"

#include <array>

namespace weft::daemon {
namespace {

using config::Key;
using config::Type;

constexpr std::array kAuditKeys{
    Key{.name = "file",
        .type = Type::path,
        .meaning = "File that gets a line of JSON for each login that was refused or came in, and "
                   "for each change by management, of policy and of certificates: who, what, "
                   "before, after, outcome. Without it the last 1000 of each are kept in memory "
                   "(`weft audit`)."},
    Key{.name = "loginsFile",
        .type = Type::path,
        .meaning = "File for the lines of logins and of changes that were refused, so that who "
                   "tries passwords, or what he may not, turns over no lines of changes. Without "
                   "it they go to `file`."},
    Key{.name = "maxFileBytes",
        .type = Type::size,
        .default_value = "64MiB",
        .meaning = "Before a file would be larger it is renamed to `FILE.1`, that to `FILE.2`, "
                   "and so on.",
        .min = 64 * 1024},
    Key{.name = "files",
        .type = Type::integer,
        .default_value = "5",
        .meaning = "How many of them there are at most; the oldest is deleted.",
        .min = 1,
        .max = 1000},
};

}  // namespace

config::Section audit_section() {
    return {.name = "audit",
            .entity = "audit",
            .meaning = "Where it is written who logged in, and who changed what.",
            .singleton = true,
            .keys = kAuditKeys};
}

namespace {

/// A file is renamed so once it is full: FILE.1.
bool turns_into(const std::string& file, const std::string& other) {
    return !file.empty() && other.starts_with(file + ".") && other.size() > file.size() + 1 &&
           other.find_first_not_of("0123456789", file.size() + 1) == std::string::npos;
}

}  // namespace

AuditConfig read_audit(const config::Document& document, config::Faults& faults) {
    const config::Entity& entity = document.singleton("audit");
    AuditConfig audit{
        .file = entity.text("file"),
        .logins_file = entity.text("loginsFile"),
        .limits = {.bytes = static_cast<std::uint64_t>(entity.integer("maxFileBytes")),
                   .files = static_cast<unsigned>(entity.integer("files"))}};
    if (!audit.file.empty() && audit.file == audit.logins_file) {
        key_error(entity, "loginsFile", "is the same as file: leave it out", faults);
    } else if (turns_into(audit.file, audit.logins_file) ||
               turns_into(audit.logins_file, audit.file)) {
        key_error(entity, "loginsFile",
                  "and file: the one becomes the other when it is full (FILE.1, FILE.2, …); name "
                  "another one",
                  faults);
    }
    return audit;
}

}  // namespace weft::daemon
