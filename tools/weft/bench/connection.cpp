#include "tools/weft/bench/connection.hpp"

#include "common/amqp/capabilities.hpp"
#include "common/endpoint/sasl_choices.hpp"
#include "common/security/prepared.hpp"
#include "common/security/verifier.hpp"
#include "tools/weft/connection/socket.hpp"
#include "tools/weft/failure.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <utility>

namespace weft::tools {
namespace {

/// Bytes of a frame that we take: as large as a read, so that frames cost nothing.
constexpr std::uint32_t kFrameMax = 64 * 1024;
/// Frames; a window that never closes, because credit bounds what comes.
constexpr std::uint32_t kSessionWindow = 0x7fffffff;
/// Bytes: what is written at once stays in the processor's cache.
constexpr std::size_t kOutputLimit = 56 * 1024;
constexpr Duration kIdleTimeout = std::chrono::seconds{60};
/// terminus-durability. Spec: AMQP 1.0 §3.5.5
constexpr std::uint32_t kUnsettledState = 2;

/// As a client says who it is; the best that the peer offers.
std::vector<amqp::SaslChoice> choices_of(const BusUrl& url) {
    if (url.user.empty()) {
        return {amqp::sasl_at_once("ANONYMOUS")};
    }
    const auto prepared = [](const std::string& text) {
        return security::prepared(text).value_or(text);
    };
    const endpoint::Credentials credentials{prepared(url.user), prepared(url.password)};
    std::vector<amqp::SaslChoice> choices;
    for (const std::string_view each : {"SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"}) {
        choices.push_back(endpoint::sasl_choice(each, credentials, security::kIterationsMax));
    }
    return choices;
}

std::shared_ptr<const endpoint::ConnectionProfile> profile_of(const BenchCall& call) {
    const BusUrl& url = call.url;
    auto profile = std::make_shared<endpoint::ConnectionProfile>();
    profile->name = "weft bench";
    amqp::Options& options = profile->engine;
    options.server = false;
    options.container_id = "weft-bench-" + std::to_string(::getpid()) + "-" + call.name;
    options.hostname = url.host;
    options.max_frame_size = kFrameMax;
    options.session_window = kSessionWindow;
    options.output_limit = kOutputLimit;
    options.idle_timeout = kIdleTimeout;
    options.sasl_choices = choices_of(url);
    return profile;
}

/// A durable subscription belongs to the link's name, and behind a router to that alone.
std::string link_name(const endpoint::ConnectionProfile& profile,
                      bool receiver,
                      BenchNode::Kind kind,
                      std::size_t number) {
    const std::string name = (receiver ? "receiver-" : "sender-") + std::to_string(number);
    return kind == BenchNode::Kind::durable_topic ? profile.engine.container_id + "-" + name : name;
}

std::string text_of(const amqp::ErrorView* error) {
    if (error == nullptr) {
        return "no reason given";
    }
    std::string text{error->condition};
    return error->description.empty() ? text : text + ": " + std::string{error->description};
}

}  // namespace

io::Socket bench_dial(const BusUrl& url, Duration timeout, bool reset) {
    const SteadyTime deadline = std::chrono::steady_clock::now() + timeout;
    const Socket dialled = Socket::dial(url, deadline);
    io::Socket socket{::fcntl(dialled.descriptor(), F_DUPFD_CLOEXEC, 0)};
    if (!socket.is_open()) {
        throw Failure("too many open files; raise the limit with ulimit -n");
    }
    if (reset) {
        const linger at_once{.l_onoff = 1, .l_linger = 0};
        ::setsockopt(socket.fd(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }
    return socket;
}

BenchConnection::BenchConnection(io::Transport& transport,
                                 Observer& observer,
                                 const BenchCall& call)
    : Connection{transport, profile_of(call)}, observer_{observer} {}

void BenchConnection::leave() {
    leaving_ = true;
    on_leaving();
    close();
}

void BenchConnection::fail(std::string why) {
    note(std::move(why));
    close();
}

/// The first reason is the cause, later ones follow from it.
void BenchConnection::note(std::string why) {
    if (why_.empty() && !leaving_) {
        why_ = std::move(why);
    }
}

amqp::Link* BenchConnection::attach(amqp::Session& session,
                                    bool receiver,
                                    bool presettled,
                                    const BenchNode& node,
                                    std::size_t number) {
    const std::string name = link_name(profile(), receiver, node.kind, number);
    const Buffer capabilities = amqp::capabilities({"topic"});
    amqp::Terminus source{.kind = amqp::Terminus::Kind::source};
    amqp::Terminus target{.kind = amqp::Terminus::Kind::target};
    amqp::Terminus& far = receiver ? source : target;
    far.address = node.address;
    if (node.kind != BenchNode::Kind::any) {
        far.capabilities = capabilities;
    }
    if (node.kind == BenchNode::Kind::durable_topic) {
        far.durable = kUnsettledState;
        far.expiry_policy = "never";
    }
    amqp::Attach attach;
    attach.name = name;
    attach.receiver = receiver;
    attach.sender_settle_mode =
        presettled ? amqp::SenderSettleMode::settled : amqp::SenderSettleMode::unsettled;
    attach.source = source;
    attach.target = target;
    amqp::Link* link = session.attach(attach);
    if (link == nullptr) {
        fail("the router takes no further link, or not so long an address");
    }
    return link;
}

void BenchConnection::on_cut(std::string_view why) {
    note("the connection was lost: " + std::string{why});
}

void BenchConnection::on_gone(std::string_view) {
    observer_.on_gone(*this, why_);
}

void BenchConnection::on_bytes(Bytes in, Instant now) {
    Connection::on_bytes(in, now);
    if (session_ == nullptr && why_.empty()) [[unlikely]] {
        session_ = machine().begin();  // null until SASL is over and our open is sent
        if (session_ != nullptr) {
            on_session(*session_);
        }
    }
}

void BenchConnection::on_closed(bool by_peer, const amqp::ErrorView* error) {
    if (by_peer || error != nullptr) {
        note("the connection ended: " + text_of(error));
    }
    on_links_gone();
    if (leaving_ && !by_peer && error == nullptr) {
        transport().abort("closed");  // both closes were exchanged: nothing is left to be said
    }
}

void BenchConnection::on_end(amqp::Session&, const amqp::ErrorView* error) {
    on_links_gone();
    if (machine().is_open()) {
        fail("the router ended the session: " + text_of(error));
    }  // else the connection's end is told next, and why
}

void BenchConnection::on_attach(amqp::Link& link, const amqp::Attach& attach) {
    if (link.is_receiver() ? attach.source.has_value() : attach.target.has_value()) {
        on_attached(link);
    }  // else refused: a detach with the reason follows
}

void BenchConnection::on_detach(amqp::Link& link, bool, const amqp::ErrorView* error) {
    const std::string what = link.is_receiver() ? "receiver" : "sender";
    on_links_gone();
    if (!machine().is_open()) {
        return;  // the connection's end is told next, and why
    }
    fail("the router detached a " + what + ": " + text_of(error) +
         "; name another ADDRESS, or a user who may use it (-b amqp://USER:PASSWORD@HOST:PORT)");
}

}  // namespace weft::tools
