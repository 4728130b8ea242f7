#include "tools/weft/commands.hpp"
#include "tools/weft/connection/interrupt.hpp"
#include "tools/weft/connection/options.hpp"
#include "tools/weft/failure.hpp"
#include "tools/weft/management/client.hpp"
#include "tools/weft/pki/authority.hpp"
#include "tools/weft/up/children.hpp"
#include "tools/weft/up/plan.hpp"
#include "tools/weft/whole_file.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <iostream>
#include <set>

namespace weft::tools {

namespace po = boost::program_options;

CommandLine up_line() {
    CommandLine line(
        "up [FLAGS]",
        "Starts a router, a broker and an MQTT gateway on this machine, says how to use them, and\n"
        "stops them at Ctrl-C; then nothing of them is left, unless --dir says where. For trying\n"
        "things: only this machine reaches them, and whoever does may do everything.",
        {"weft up", "weft up --mesh 5", "weft up --dir ~/weft --amqp 15672 --mqtt 11883"});
    line.group("What").add_options()  //
        ("mesh", po::value<int>()->value_name("N")->default_value(1),
         "So many routers, in a ring, over mutual TLS")(
            "dir", po::value<std::string>()->value_name("DIR"),
            "Where configurations, logs, queues and sessions are; they stay there");
    line.group("Ports (of the first; the others have those behind it)")
        .add_options()  //
        ("amqp", po::value<std::uint16_t>()->value_name("PORT")->default_value(5672), "Of routers")(
            "mqtt", po::value<std::uint16_t>()->value_name("PORT")->default_value(1883),
            "Of the gateway")("web",
                              po::value<std::uint16_t>()->value_name("PORT")->default_value(8672),
                              "HTTP, of the routers, the broker and the gateway");
    return line;
}

namespace {

namespace fs = std::filesystem;

/// A folder of one's own, which goes with this unless it was named.
class Folder {
public:
    explicit Folder(const CommandLine& line) : stays_{line.has("dir")} {
        if (stays_) {
            path_ = fs::absolute(line.get<std::string>("dir"));
            fs::create_directories(path_);
            return;
        }
        std::string name = (fs::temp_directory_path() / "weft-up-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) {
            throw Failure("can't make a folder like " + name + ": " + std::strerror(errno));
        }
        path_ = name;
    }
    ~Folder() {
        std::error_code ignored;
        if (!stays_) {
            fs::remove_all(path_, ignored);
        }
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    const fs::path& path() const { return path_; }

private:
    fs::path path_;
    bool stays_;
};

/// Port 0: any that is free. Nothing: somebody has it.
std::optional<std::uint16_t> bindable(std::uint16_t port) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    socklen_t size = sizeof address;
    auto* any = reinterpret_cast<sockaddr*>(&address);
    const bool bound = ::bind(socket, any, size) == 0 && ::getsockname(socket, any, &size) == 0;
    ::close(socket);
    return bound ? std::optional{ntohs(address.sin_port)} : std::nullopt;
}

UpWish wish_of(const CommandLine& line) {
    const UpWish wish{.routers = line.get<int>("mesh"),
                      .amqp = line.get<std::uint16_t>("amqp"),
                      .mqtt = line.get<std::uint16_t>("mqtt"),
                      .web = line.get<std::uint16_t>("web")};
    if (wish.routers < 1 || wish.routers > kUpRoutersMax) {
        throw Failure("--mesh takes 1 to " + std::to_string(kUpRoutersMax) + " routers");
    }
    std::set<std::uint16_t> ports;
    for (const auto& [flag, port] : outer_ports(wish)) {
        if (port == 0 || !ports.insert(port).second) {
            throw Failure("the ports overlap at " + std::to_string(port) + "; move them by " +
                          flag);
        }
        if (!bindable(port)) {
            throw Failure("port " + std::to_string(port) + " is taken; give other ones by " + flag);
        }
    }
    return wish;
}

UpInnerPorts inner_ports(const UpWish& wish) {
    std::set<std::uint16_t> ports;
    while (ports.size() < static_cast<std::size_t>(wish.routers) + 2) {
        const auto port = bindable(0);
        if (!port) {
            throw Failure("no port of 127.0.0.1 is free");
        }
        ports.insert(*port);
    }
    UpInnerPorts inner;
    inner.brokers = ports.extract(ports.begin()).value();
    inner.gateways = ports.extract(ports.begin()).value();
    inner.routers.assign(ports.begin(), ports.end());
    return inner;
}

void write_files(const fs::path& folder, const std::vector<UpDaemon>& daemons) {
    const bool certified = daemons.front().certified;
    constexpr int kDays = 3650;
    std::optional<PkiAuthority> authority;
    if (certified) {
        authority.emplace(PkiAuthority::make("weft up", kDays));
        fs::create_directories(folder / "pki");
        write_whole(folder / "pki" / "ca.pem", authority->texts().certificate, 0644);
    }
    for (const UpDaemon& daemon : daemons) {
        write_whole(folder / (daemon.name + ".json"), json_text(daemon.config, 2) + "\n", 0600);
        if (authority) {
            const Certified made = authority->issue(
                {.name = daemon.name, .hosts = {"127.0.0.1", "localhost"}, .days = kDays});
            write_whole(folder / "pki" / (daemon.name + ".pem"), made.certificate, 0644);
            write_whole(folder / "pki" / (daemon.name + ".key"), made.key, 0600);
        }
    }
}

/// The program beside this one, as packages and builds have them.
fs::path program_of(const UpDaemon& daemon) {
    return fs::read_symlink("/proc/self/exe").parent_path() / daemon.program;
}

/// Broker and gateway are connected, and the routers of a mesh know each other.
bool stands(ManagementClient& router, const UpWish& wish, std::string_view container) {
    for (const Entity& one : router.query("connection", {"container"}, 0)) {
        if (one.value("container", "") == container) {
            return wish.routers == 1 ||
                   router.routers().size() == static_cast<std::size_t>(wish.routers);
        }
    }
    return false;
}

void await_peer(const UpWish& wish, int router, std::string_view container) {
    ConnectionOptions options;
    options.url = parse_bus_url("127.0.0.1:" + std::to_string(wish.amqp + router));
    options.vhost = options.url.host;
    options.amqp.sasl_enabled(false);
    ManagementClient client{options, "$management"};
    const auto late = std::chrono::steady_clock::now() + std::chrono::seconds{10};
    while (!stands(client, wish, container)) {
        if (Interrupt::raised() || std::chrono::steady_clock::now() > late) {
            throw Failure(Interrupt::raised()
                              ? "interrupted"
                              : std::string{container} + " does not reach its router");
        }
        client.idle_until(std::chrono::steady_clock::now() + std::chrono::milliseconds{50});
    }
    client.close();
}

void tell(const UpWish& wish, const fs::path& folder, bool stays) {
    const std::string bus = wish.amqp == 5672 ? "" : " -b 127.0.0.1:" + std::to_string(wish.amqp);
    const std::string last =
        wish.routers == 1 ? bus : " -b 127.0.0.1:" + std::to_string(wish.amqp + wish.routers - 1);
    std::cout << "AMQP  ";
    for (int index = 0; index < wish.routers; ++index) {
        std::cout << " amqp://127.0.0.1:" << wish.amqp + index;
    }
    std::cout
        << "\nMQTT   mqtt://127.0.0.1:" << wish.mqtt << "\nweb    http://127.0.0.1:" << wish.web
        << "/healthz, /metrics"
        << "\nfiles  " << folder.string() << (stays ? "" : ", until this ends")
        << "\n\nWhoever reaches this machine's loopback may do everything here: it is for trying "
           "things.\n"
           "\nIn two other terminals:\n"
        << "  weft recv" << last << " telemetry/room1 --count 10\n"
        << "  seq 10 | weft send" << bus << " telemetry/room1\n"
        << "A queue is 'orders', what all receivers get is sent to 'alerts/…'; devices use the "
           "same "
           "names.\n"
           "Ctrl-C ends it.\n"
        << std::flush;
}

}  // namespace

int run_up(Arguments arguments) {
    CommandLine line = up_line();
    if (!line.parse(arguments)) {
        return 0;
    }
    if (!line.words().empty()) {
        throw Failure("takes flags alone, not '" + line.words().front() +
                      "'; see 'weft up --help'");
    }
    const UpWish wish = wish_of(line);
    const std::vector<UpDaemon> daemons = plan_of(wish, inner_ports(wish));
    const Interrupt interrupt;
    const Folder folder{line};
    write_files(folder.path(), daemons);
    Children children{folder.path()};
    for (const UpDaemon& daemon : daemons) {
        const std::string config = (folder.path() / (daemon.name + ".json")).string();
        children.start(daemon.name, program_of(daemon), {"--config", config});
    }
    await_peer(wish, 0, "gateway");
    await_peer(wish, wish.routers - 1, "broker");
    tell(wish, folder.path(), line.has("dir"));
    if (const auto ended = children.wait()) {
        throw Failure(*ended);
    }
    return 0;
}

}  // namespace weft::tools
