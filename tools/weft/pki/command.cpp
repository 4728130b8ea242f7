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
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace weft::tools {
namespace {

namespace po = boost::program_options;
namespace fs = std::filesystem;

constexpr int kDaysMax = 36500;
constexpr int kAuthorityDays = 3650;

}  // namespace

CommandLine pki_line() {
    CommandLine line(
        "pki VERB DIR [NAME] [FLAGS]",
        "A small authority for a mesh, in a folder: certificates by which routers, brokers,\n"
        "gateways and clients know each other.\n"
        "  init    makes the authority: DIR/ca.pem, which peers trust, and its key, DIR/ca.key\n"
        "  issue   makes DIR/NAME.pem and DIR/NAME.key, and prints the sslProfile that has them\n"
        "  revoke  takes back all certificates that were issued to NAME: they are added to\n"
        "          DIR/ca.crl, which is to be copied to where the daemons' \"crl\" is. Without\n"
        "          NAME the list is made anew, for another --days\n"
        "Nothing is overwritten, unless 'issue' is told to --renew. Who reads ca.key can pass for\n"
        "anybody: keep it where no daemon runs.",
        {"weft pki init mesh", "weft pki revoke mesh dev-7",
         "weft pki issue mesh router-a --host router-a.example --host ::1",
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
            "How long it holds; by default 3650 of an authority and its list, 365 of others")(
            "renew", "issue: instead of the one that is there");
    return line;
}

namespace {

std::string read_file(const fs::path& path) {
    std::ifstream file{path, std::ios::binary};
    std::string text{std::istreambuf_iterator<char>{file}, {}};
    if (!file || text.empty()) {
        throw Failure("can't read " + path.string() + "; 'weft pki init' makes an authority");
    }
    return text;
}

/// Of a file that need not be there.
std::string read_if_there(const fs::path& path) {
    return fs::exists(path) ? read_file(path) : std::string{};
}

/// Each line has the serial number of a certificate, and whose it is.
constexpr const char* kIssued = "issued";

void check_is_free(const fs::path& stem, bool renews) {
    for (const char* kind : {".pem", ".key"}) {
        const std::string path = stem.string() + kind;
        if (!renews && fs::exists(path)) {
            throw Failure(path + " is there already" +
                          (stem.filename() == "ca" ? "; choose another folder"
                                                   : "; --renew makes another in its place"));
        }
    }
}

void write_pair(const fs::path& stem, const Certified& made, bool renews) {
    check_is_free(stem, renews);
    write_whole(stem.string() + ".key", made.key, 0600);
    write_whole(stem.string() + ".pem", made.certificate, 0644);
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
    refuse(line, {"host", "organisation", "renew"}, "init");
    const auto authority =
        PkiAuthority::make(line.get<std::string>("name"), days_of(line, kAuthorityDays));
    std::error_code error;
    fs::create_directories(folder, error);
    write_pair(folder / "ca", authority.texts(), /*renews=*/false);
    write_whole(folder / "ca.crl", authority.revoke({}, {}, kAuthorityDays), 0644);
    std::cout << "caCertFile of all that trust it: " << (folder / "ca.pem").string() << '\n';
}

void check_file_name(const std::string& name) {
    if (name == "ca" || name.find('/') != std::string::npos || name.starts_with('.') ||
        name == kIssued || printable(name) != name) {
        throw Failure(
            "NAME names a file, too: it must not be 'ca' or 'issued', have '/' or begin with '.'");
    }
}

PkiAuthority authority_in(const fs::path& folder) {
    return PkiAuthority::load({read_file(folder / "ca.pem"), read_file(folder / "ca.key")});
}

/// Those that it has, and those that it had.
std::vector<std::string> serials_of(const fs::path& folder, const std::string& name) {
    std::vector<std::string> serials;
    std::istringstream lines{read_if_there(folder / kIssued)};
    for (std::string line; std::getline(lines, line);) {
        const std::size_t end = line.find(' ');
        if (end != std::string::npos && line.substr(end + 1) == name) {
            serials.push_back(line.substr(0, end));
        }
    }
    if (const fs::path file = folder / (name + ".pem"); fs::exists(file)) {
        serials.push_back(serial_of(read_file(file)));
    }
    return serials;
}

void revoke(const CommandLine& line, const fs::path& folder, const std::string& name) {
    refuse(line, {"name", "host", "organisation", "renew"}, "revoke");
    const int days = days_of(line, kAuthorityDays);
    const FolderGuard guard{folder};
    const PkiAuthority authority = authority_in(folder);
    std::vector<std::string> serials;
    if (!name.empty()) {
        check_file_name(name);
        serials = serials_of(folder, name);
        if (serials.empty()) {
            throw Failure("nothing was issued to '" + name + "' in " + folder.string());
        }
    }
    const fs::path file = folder / "ca.crl";
    const std::string list = authority.revoke(read_if_there(file), serials, days);
    write_whole(file, list, 0644);
    std::cout << printable(file.string()) << " has " << size_of_list(list)
              << " certificates, and is good for " << days
              << " days: copy it to where the daemons' \"crl\" is; they read it within seconds\n";
}

void issue(const CommandLine& line, const fs::path& folder, const std::string& name) {
    constexpr int kDays = 365;
    refuse(line, {"name"}, "issue");
    check_file_name(name);
    const PkiAuthority authority = authority_in(folder);
    CertificateWish wish{.name = name, .days = days_of(line, kDays)};
    if (line.has("host")) {
        wish.hosts = line.get<std::vector<std::string>>("host");
    }
    if (line.has("organisation")) {
        wish.organisation = line.get<std::string>("organisation");
    }
    const fs::path stem = folder / name;
    const Certified made = authority.issue(wish);
    const FolderGuard guard{folder};
    check_is_free(stem, line.has("renew"));
    write_whole(folder / kIssued,
                read_if_there(folder / kIssued) + serial_of(made.certificate) + " " + name + "\n",
                0600);
    write_pair(stem, made, line.has("renew"));
    const std::string shown = printable(stem.string());
    std::cout << R"({ "name": ")" << printable(name) << R"(", "certFile": ")" << shown
              << R"(.pem", "privateKeyFile": ")" << shown << R"(.key", "caCertFile": ")"
              << printable((folder / "ca.pem").string()) << '"';
    if (fs::exists(folder / "ca.crl")) {
        std::cout << R"(, "crl": ")" << printable((folder / "ca.crl").string()) << '"';
    }
    std::cout << " }\n";
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
    } else if (verb == "revoke" && (words.size() == 2 || words.size() == 3)) {
        revoke(line, words[1], words.size() == 3 ? words[2] : "");
    } else {
        throw Failure(
            "say 'init DIR', 'issue DIR NAME' or 'revoke DIR [NAME]'; see 'weft pki --help'");
    }
    return 0;
}

}  // namespace weft::tools
