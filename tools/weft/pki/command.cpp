#include "common/base/printable.hpp"
#include "tools/weft/command_line.hpp"
#include "tools/weft/commands.hpp"
#include "tools/weft/failure.hpp"
#include "tools/weft/pki/authority.hpp"
#include "tools/weft/whole_file.hpp"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace weft::tools {
namespace {

namespace po = boost::program_options;
namespace fs = std::filesystem;

constexpr int kDaysMax = 36500;

CommandLine pki_line() {
    CommandLine line(
        "pki VERB DIR [NAME] [FLAGS]",
        "A small authority for a mesh, in a folder: certificates by which routers, brokers,\n"
        "gateways and clients know each other.\n"
        "  init    makes the authority: DIR/ca.pem, which peers trust, and its key, DIR/ca.key\n"
        "  issue   makes DIR/NAME.pem and DIR/NAME.key, and prints the sslProfile that has them\n"
        "Nothing is overwritten, unless 'issue' is told to --renew. Who reads ca.key can pass for\n"
        "anybody: keep it where no daemon runs.",
        {"weft pki init mesh", "weft pki issue mesh router-a --host router-a.example --host ::1",
         "weft pki issue mesh operator --days 30"});
    line.group("Certificates")
        .add_options()  //
        ("name", po::value<std::string>()->value_name("NAME")->default_value("Weft mesh"),
         "init: what the authority is called")(
            "host", po::value<std::vector<std::string>>()->value_name("HOST")->composing(),
            "issue: a name or address that it is for; a listener needs one, several may be given")(
            "organisation", po::value<std::string>()->value_name("NAME"),
            "issue: whose it is, beside its name")(
            "days", po::value<int>()->value_name("N"),
            "How long it holds; by default 3650 of an authority, 365 of others")(
            "renew", "issue: instead of the one that is there");
    return line;
}

std::string read_file(const fs::path& path) {
    std::ifstream file{path, std::ios::binary};
    std::string text{std::istreambuf_iterator<char>{file}, {}};
    if (!file || text.empty()) {
        throw Failure("can't read " + path.string() + "; 'weft pki init' makes an authority");
    }
    return text;
}

void write_pair(const fs::path& stem, const Certified& made, bool renews) {
    const fs::path certificate = stem.string() + ".pem";
    const fs::path key = stem.string() + ".key";
    for (const fs::path& path : {certificate, key}) {
        if (!renews && fs::exists(path)) {
            throw Failure(path.string() + " is there already" +
                          (stem.filename() == "ca" ? "; choose another folder"
                                                   : "; --renew makes another in its place"));
        }
    }
    write_whole(key, made.key, 0600);
    write_whole(certificate, made.certificate, 0644);
}

int days_of(const CommandLine& line, int otherwise) {
    const int days = line.has("days") ? line.get<int>("days") : otherwise;
    if (days < 1 || days > kDaysMax) {
        throw Failure("--days must be from 1 to " + std::to_string(kDaysMax));
    }
    return days;
}

/// A flag that has no effect is refused.
void refuse(const CommandLine& line, std::initializer_list<const char*> flags, const char* verb) {
    for (const char* flag : flags) {
        if (line.has(flag) && !line.values()[flag].defaulted()) {
            throw Failure(std::string{"--"} + flag + " has no meaning for 'weft pki " + verb + "'");
        }
    }
}

void init(const CommandLine& line, const fs::path& folder) {
    constexpr int kAuthorityDays = 3650;
    refuse(line, {"host", "organisation", "renew"}, "init");
    const auto authority =
        PkiAuthority::make(line.get<std::string>("name"), days_of(line, kAuthorityDays));
    std::error_code error;
    fs::create_directories(folder, error);
    write_pair(folder / "ca", authority.texts(), /*renews=*/false);
    std::cout << "caCertFile of all that trust it: " << (folder / "ca.pem").string() << '\n';
}

void issue(const CommandLine& line, const fs::path& folder, const std::string& name) {
    constexpr int kDays = 365;
    refuse(line, {"name"}, "issue");
    if (name == "ca" || name.find('/') != std::string::npos || name.starts_with('.')) {
        throw Failure("NAME names a file, too: it must not be 'ca', have '/' or begin with '.'");
    }
    const auto authority =
        PkiAuthority::load({read_file(folder / "ca.pem"), read_file(folder / "ca.key")});
    CertificateWish wish{.name = name, .days = days_of(line, kDays)};
    if (line.has("host")) {
        wish.hosts = line.get<std::vector<std::string>>("host");
    }
    if (line.has("organisation")) {
        wish.organisation = line.get<std::string>("organisation");
    }
    const fs::path stem = folder / name;
    write_pair(stem, authority.issue(wish), line.has("renew"));
    const std::string shown = printable(stem.string());
    std::cout << R"({ "name": ")" << printable(name) << R"(", "certFile": ")" << shown
              << R"(.pem", "privateKeyFile": ")" << shown << R"(.key", "caCertFile": ")"
              << printable((folder / "ca.pem").string()) << "\" }\n";
}

}  // namespace

int run_pki(Arguments arguments) {
    CommandLine line = pki_line();
    if (!line.parse(arguments)) {
        return 0;
    }
    const auto& words = line.words();
    const std::string verb = words.empty() ? "" : words[0];
    if (verb == "init" && words.size() == 2) {
        init(line, words[1]);
    } else if (verb == "issue" && words.size() == 3) {
        issue(line, words[1], words[2]);
    } else {
        throw Failure("say 'init DIR' or 'issue DIR NAME'; see 'weft pki --help'");
    }
    return 0;
}

}  // namespace weft::tools
