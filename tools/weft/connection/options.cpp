#include "tools/weft/connection/options.hpp"

#include "tools/weft/failure.hpp"

#include <proton/error.hpp>
#include <proton/ssl.hpp>

#include <fstream>

namespace weft::tools {
namespace {

namespace po = boost::program_options;

std::string text(const CommandLine& line, const std::string& flag) {
    return line.has(flag) ? line.get<std::string>(flag) : std::string{};
}

/// The value of `flag`, or the first line of the file named by `flag`-file.
std::string secret(const CommandLine& line, const std::string& flag) {
    const std::string file_flag = flag + "-file";
    if (!line.has(file_flag)) {
        return text(line, flag);
    }
    if (line.has(flag)) {
        throw Failure("give either --" + flag + " or --" + file_flag);
    }
    const auto& path = line.get<std::string>(file_flag);
    std::ifstream file{path};
    std::string first_line;
    if (!std::getline(file, first_line)) {
        throw Failure("--" + file_flag + ": cannot read " + path);
    }
    return first_line;
}

/// OpenSSL's messages do not name the file, so that a wrong path is found here.
std::string readable(const CommandLine& line, const std::string& flag) {
    std::string path = text(line, flag);
    if (!path.empty() && !std::ifstream{path}) {
        throw Failure("--" + flag + ": cannot read " + path);
    }
    return path;
}

proton::ssl_client_options tls_options(const CommandLine& line) {
    const auto verify = line.has("ssl-disable-peer-name-verify") ? proton::ssl::VERIFY_PEER
                                                                 : proton::ssl::VERIFY_PEER_NAME;
    const std::string trust = readable(line, "ssl-trustfile");
    const std::string certificate = readable(line, "ssl-certificate");
    const std::string key = readable(line, "ssl-key");
    if (certificate.empty()) {
        if (!key.empty()) {
            throw Failure("--ssl-key needs --ssl-certificate");
        }
        return trust.empty() ? proton::ssl_client_options(verify)
                             : proton::ssl_client_options(trust, verify);
    }
    if (trust.empty()) {
        throw Failure("--ssl-certificate needs --ssl-trustfile");
    }
    const std::string& key_file = key.empty() ? certificate : key;  // one PEM file may hold both
    const std::string password = secret(line, "ssl-password");
    const auto own = password.empty() ? proton::ssl_certificate(certificate, key_file)
                                      : proton::ssl_certificate(certificate, key_file, password);
    return {own, trust, verify};
}

void add_tls(const CommandLine& line, ConnectionOptions& options) {
    if (options.url.tls) {
        try {
            options.amqp.ssl_client_options(tls_options(line));
        } catch (const proton::error&) {
            // Proton's own text holds the password.
            throw Failure(
                "TLS: cannot use --ssl-certificate, --ssl-key and --ssl-trustfile as given; "
                "check that they are PEM files that belong together, and --ssl-password");
        }
        return;
    }
    for (const char* flag : {"ssl-certificate", "ssl-key", "ssl-trustfile", "ssl-password",
                             "ssl-password-file", "ssl-disable-peer-name-verify"}) {
        if (line.has(flag)) {
            throw Failure(std::string{"--"} + flag + " needs -b amqps://HOST:PORT");
        }
    }
}

void add_sasl(const CommandLine& line, ConnectionOptions& options) {
    const std::string mechanisms = text(line, "sasl-mechanisms");
    std::string user = text(line, "sasl-username");
    std::string password = secret(line, "sasl-password");
    if (user.empty() && !options.url.user.empty()) {
        user = options.url.user;
        password = options.url.password;
    }
    if (user.empty() && !password.empty()) {
        throw Failure("--sasl-password needs --sasl-username");
    }
    // A certificate of ours is shown to say who we are, by EXTERNAL if that is offered.
    const bool wanted = !mechanisms.empty() || !user.empty() || line.has("ssl-certificate");
    options.amqp.sasl_enabled(wanted);
    if (!wanted) {
        return;
    }
    options.amqp.sasl_allow_insecure_mechs(true);
    if (!mechanisms.empty()) {
        options.amqp.sasl_allowed_mechs(mechanisms);
    }
    if (!user.empty()) {
        options.amqp.user(user).password(password);
    }
}

}  // namespace

std::chrono::milliseconds parse_seconds(const std::string& flag, double seconds) {
    constexpr double kSecondsMax = 1e6;
    if (!(seconds > 0) || seconds > kSecondsMax) {
        throw Failure(flag + " must be more than 0 and at most 1000000 seconds");
    }
    return std::chrono::ceil<std::chrono::milliseconds>(std::chrono::duration<double>(seconds));
}

void add_connection_flags(CommandLine& line, const std::string& timeout_meaning) {
    const auto named = [](const char* name) { return po::value<std::string>()->value_name(name); };
    line.group("Connection")
        .add_options()  //
        ("bus,b", named("URL")->default_value("127.0.0.1:5672"),
         "HOST:PORT, amqp://HOST:PORT or amqps://HOST:PORT")(
            "timeout,t", po::value<double>()->value_name("SECONDS"), timeout_meaning.c_str())(
            "vhost", named("HOST"),
            "The host to name when connecting: a vhost, or one of a tenant (that of -b)")(
            "ssl-certificate", named("FILE"), "Our certificate (PEM)")(
            "ssl-key", named("FILE"), "Our private key (PEM), unless in the certificate's file")(
            "ssl-trustfile", named("FILE"), "Authorities we trust (PEM); default: the system's")(
            "ssl-password", named("PASSWORD"), "Opens the private key")(
            "ssl-password-file", named("FILE"), "A file that holds that password")(
            "ssl-disable-peer-name-verify", "Accept a certificate of another host name (insecure)")(
            "sasl-mechanisms", named("NAMES"), "Allowed SASL mechanisms, separated by spaces")(
            "sasl-username", named("NAME"), "User name for SASL")(
            "sasl-password", named("PASSWORD"), "Password for SASL")(
            "sasl-password-file", named("FILE"), "A file that holds that password");
}

ConnectionOptions connection_options(const CommandLine& line) {
    ConnectionOptions options;
    options.url = parse_bus_url(line.get<std::string>("bus"));
    options.vhost = line.has("vhost") ? text(line, "vhost") : options.url.host;
    if (line.has("timeout")) {
        options.timeout = parse_seconds("--timeout", line.get<double>("timeout"));
    }
    add_tls(line, options);
    add_sasl(line, options);
    return options;
}

}  // namespace weft::tools
