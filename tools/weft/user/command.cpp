#include "common/base/printable.hpp"
#include "common/config/file_reader.hpp"
#include "common/io/process.hpp"
#include "common/security/prepared.hpp"
#include "common/security/users.hpp"
#include "tools/weft/command_line.hpp"
#include "tools/weft/commands.hpp"
#include "tools/weft/failure.hpp"
#include "tools/weft/user/password.hpp"
#include "tools/weft/values/json.hpp"
#include "tools/weft/whole_file.hpp"

#include <filesystem>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

namespace weft::tools {
namespace {

namespace po = boost::program_options;
namespace fs = std::filesystem;

using security::Digest;
using security::Users;
using security::Verifier;

constexpr mode_t kUsersMode = 0600;

}  // namespace

CommandLine user_line() {
    CommandLine line(
        "user VERB FILE [NAME] [FLAGS]",
        "Users who may come in with a password, in the FILE that a daemon's users.file names.\n"
        "  add       adds a user; makes the file if it is not there\n"
        "  passwd    gives a user another password\n"
        "  delete    removes a user; connections that stand go on\n"
        "  list      prints the names\n"
        "The password is asked for, or read from standard input or --password-file; the file "
        "keeps\n"
        "what proves it (SCRAM) and not the password. Daemons that run read it anew on SIGHUP.",
        {"weft user add users alice", "weft user passwd users alice --password-file secret",
         "openssl rand -base64 24 | tee device-7.password | weft user add users device-7"});
    line.group("Users").add_options()  //
        ("password-file", po::value<std::string>()->value_name("FILE"),
         "add, passwd: a file whose first line is the password")(
            "iterations", po::value<std::uint32_t>()->value_name("N"),
            "add, passwd: how expensive a guess is, and each login of a client; by default 20000")(
            "json", "list: a list of objects");
    return line;
}

namespace {

/// What a verb takes besides FILE.
struct Verb {
    bool name;
    bool password;
    bool json;
};

/// A flag that has no effect is refused.
void check_flags(const CommandLine& line, const std::string& name, const Verb& verb) {
    const auto refuse = [&](const char* flag, bool taken) {
        if (line.has(flag) && !taken) {
            throw Failure(std::string{"--"} + flag + " has no meaning for 'weft user " + name +
                          "'");
        }
    };
    refuse("password-file", verb.password);
    refuse("iterations", verb.password);
    refuse("json", verb.json);
}

Buffer random(std::size_t size) {
    Buffer bytes;
    while (bytes.size() < size) {
        const auto some = io::random_bytes();
        bytes.insert(bytes.end(), some.begin(), some.end());
    }
    bytes.resize(size);
    return bytes;
}

Users load(const fs::path& path) {
    const auto text = config::read_file(path.string());
    if (!text) {
        throw Failure(path.string() + " " + text.error() +
                      "; 'weft user add' makes a file of users");
    }
    auto users = Users::from(*text);
    if (!users) {
        throw Failure(path.string() + ":" + std::to_string(users.error().line) + ": " +
                      users.error().text);
    }
    return *std::move(users);
}

std::string ready(const char* what, tl::expected<std::string, std::string> prepared) {
    if (!prepared) {
        throw Failure(std::string{what} + " " + prepared.error());
    }
    return *std::move(prepared);
}

std::vector<Verifier> verifiers_of(const CommandLine& line) {
    constexpr std::size_t kSaltSize = 16;
    const auto iterations =
        line.has("iterations") ? line.get<std::uint32_t>("iterations") : security::kIterations;
    if (iterations < security::kIterationsMin || iterations > security::kIterationsMax) {
        throw Failure("--iterations must be from " + std::to_string(security::kIterationsMin) +
                      " to " + std::to_string(security::kIterationsMax));
    }
    const std::string file =
        line.has("password-file") ? line.get<std::string>("password-file") : "";
    std::string password = ready("the password", security::prepared_password(read_password(file)));
    std::vector<Verifier> verifiers;
    for (const Digest digest : {Digest::sha256, Digest::sha512}) {
        verifiers.push_back(Verifier::of(digest, password, random(kSaltSize), iterations));
    }
    security::wipe(password);
    return verifiers;
}

void add(const CommandLine& line, const fs::path& file, const std::string& name) {
    const FolderGuard guard{file.parent_path()};
    Users users = fs::exists(file) ? load(file) : Users{random(Users::kSecretSize)};
    if (users.contains(name)) {
        throw Failure("there is a user " + name +
                      " already; 'weft user passwd' gives another password");
    }
    if (!users.put(name, verifiers_of(line))) {
        throw Failure("a file has at most " + std::to_string(Users::kUsersMax) + " users");
    }
    write_whole(file, users.text(), kUsersMode);
}

Users load_with(const fs::path& file, const std::string& name) {
    Users users = load(file);
    if (!users.contains(name)) {
        throw Failure("there is no user " + name + " in " + file.string() +
                      "; 'weft user list' prints those that there are");
    }
    return users;
}

void change(const CommandLine& line, const fs::path& file, const std::string& name) {
    const FolderGuard guard{file.parent_path()};
    Users users = load_with(file, name);
    users.put(name, verifiers_of(line));
    write_whole(file, users.text(), kUsersMode);
}

void remove(const fs::path& file, const std::string& name) {
    const FolderGuard guard{file.parent_path()};
    Users users = load_with(file, name);
    users.remove(name);
    write_whole(file, users.text(), kUsersMode);
}

void list(const CommandLine& line, const fs::path& file) {
    const Users users = load(file);
    Json rows = Json::array();
    for (const std::string& name : users.names()) {
        if (line.has("json")) {
            rows.push_back({{"name", name}, {"iterations", users.find(name)->iterations}});
        } else {
            std::cout << printable(name) << '\n';
        }
    }
    if (line.has("json")) {
        std::cout << json_text(rows, 2) << '\n';
    }
}

}  // namespace

int run_user(Arguments arguments) {
    CommandLine line = user_line();
    if (!line.parse(arguments)) {
        return 0;
    }
    const auto& words = line.words();
    const std::string name = words.empty() ? "" : words[0];
    const bool sets = name == "add" || name == "passwd";
    const Verb verb{.name = sets || name == "delete", .password = sets, .json = name == "list"};
    if ((!verb.name && !verb.json) || words.size() != (verb.name ? 3U : 2U)) {
        throw Failure(
            "say 'add FILE NAME', 'passwd FILE NAME', 'delete FILE NAME' or 'list FILE'; see "
            "'weft user --help'");
    }
    check_flags(line, name, verb);
    const fs::path file = words[1];
    if (verb.json) {
        list(line, file);
        return 0;
    }
    const std::string user = ready("NAME", security::prepared_user(words[2]));
    if (name == "add") {
        add(line, file, user);
    } else if (name == "passwd") {
        change(line, file, user);
    } else {
        remove(file, user);
    }
    std::cout << printable(user)
              << (name == "add" ? ": added"
                  : sets        ? ": changed"
                                : ": deleted")
              << "; daemons that run read " << printable(file.string()) << " on SIGHUP\n";
    return 0;
}

}  // namespace weft::tools
