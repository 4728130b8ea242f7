#include "common/io/proxy_door.hpp"

#include "common/io/line_allowance.hpp"
#include "common/io/log.hpp"
#include "common/io/loop.hpp"
#include "common/io/proxy_header.hpp"
#include "common/io/refusals.hpp"
#include "common/io/tcp_socket.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>

#include <algorithm>
#include <numeric>
#include <unordered_set>
#include <utility>

namespace weft::io {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

/// A connection whose header has not come.
struct Waiting {
    TcpSocket socket;
    std::string proxy;
    Buffer header;
    Timer deadline;
};
using WaitingPtr = std::shared_ptr<Waiting>;

}  // namespace

std::string_view name_of(ProxyEnd end) {
    constexpr std::array<std::string_view, kProxyEnds> kNames{"passed", "stranger", "malformed",
                                                              "late",   "gone",     "crowded"};
    return kNames[static_cast<std::size_t>(end)];
}

struct ProxyDoor::State : std::enable_shared_from_this<ProxyDoor::State> {
    State(Loop& of, Options with, Accept to)
        : loop{of}, options{std::move(with)}, accept{std::move(to)} {}

    bool is_proxy(const std::string& peer) const {
        const auto address = IpAddress::parse(host_of(peer));
        return address && std::ranges::any_of(options.proxies, [&](const IpRange& range) {
                   return range.contains(*address);
               });
    }

    void take(Socket socket) {
        std::string peer = socket.peer();
        if (peer == kUnknownPeer) {
            ++count(ProxyEnd::gone);
            return;
        }
        if (!is_proxy(peer)) {
            refuse(ProxyEnd::stranger, peer, "it is none of proxyAddresses");
            return;
        }
        if (waiting.size() >= kWaitingMax) {
            refuse(ProxyEnd::crowded, peer, "too many wait for their PROXY headers");
            return;
        }
        const auto one = std::make_shared<Waiting>(taken_in(loop.context(), std::move(socket)),
                                                   std::move(peer), Buffer{}, Timer{});
        waiting.insert(one);
        one->deadline = loop.after(options.header_max, [this, weak = std::weak_ptr{one}] {
            if (const auto late = weak.lock()) {
                end(late, ProxyEnd::late, "its PROXY header took too long");
            }
        });
        read(one, kProxyPrefix, &State::on_prefix);
    }

    /// `then` is called once so many bytes more are there, if it still waits by then.
    void read(const WaitingPtr& one, std::size_t bytes, void (State::*then)(const WaitingPtr&)) {
        const std::size_t before = one->header.size();
        one->header.resize(before + bytes);
        asio::async_read(one->socket, asio::buffer(one->header.data() + before, bytes),
                         [self = shared_from_this(), one, then](const error_code& error, size_t) {
                             self->loop.turn([&] {
                                 if (!self->waiting.contains(one)) {
                                     return;
                                 }
                                 if (error) {
                                     self->end(one, ProxyEnd::gone, error.message());
                                 } else {
                                     (self.get()->*then)(one);
                                 }
                             });
                         });
    }

    void on_prefix(const WaitingPtr& one) {
        const auto rest = proxy_rest(one->header);
        if (!rest) {
            end(one, ProxyEnd::malformed, rest.error().text);
        } else {
            read(one, *rest, &State::on_header);
        }
    }

    void on_header(const WaitingPtr& one) {
        auto peer = proxied_peer(one->header);
        if (!peer) {
            end(one, ProxyEnd::malformed, peer.error().text);
            return;
        }
        waiting.erase(one);
        error_code error;
        Socket socket{one->socket.release(error), std::move(*peer)};
        if (!error) {
            ++count(ProxyEnd::passed);
            accept(std::move(socket));
        }
    }

    std::uint64_t& count(ProxyEnd how) { return ends[static_cast<std::size_t>(how)]; }

    void end(const WaitingPtr& one, ProxyEnd how, const std::string& why) {
        waiting.erase(one);
        refuse(how, one->proxy, why);
        close_socket(one->socket, /*forgets=*/false);
    }

    void refuse(ProxyEnd how, const std::string& peer, const std::string& why) {
        ++count(how);
        if (how != ProxyEnd::gone) {
            refusals().add(
                {.what = "connection", .peer = peer, .subject = options.where, .why = why});
        }
        if (how != ProxyEnd::gone && lines.may_log(loop.now())) {
            WEFT_LOG(Module::server, Level::info,
                     options.where + ": " + peer + " was not let in: " + why);
        }
    }

    Loop& loop;
    Options options;
    Accept accept;
    std::unordered_set<WaitingPtr> waiting;
    std::array<std::uint64_t, kProxyEnds> ends{};
    LineAllowance lines;
};

ProxyDoor::ProxyDoor(Loop& loop, Options options, Accept accept)
    : state_{std::make_shared<State>(loop, std::move(options), std::move(accept))} {}

ProxyDoor::~ProxyDoor() {
    for (const WaitingPtr& one : std::exchange(state_->waiting, {})) {
        one->deadline.cancel();
        close_socket(one->socket, /*forgets=*/false);
    }
}

void ProxyDoor::take(Socket socket) {
    state_->take(std::move(socket));
}

std::size_t ProxyDoor::waiting() const {
    return state_->waiting.size();
}

const std::array<std::uint64_t, kProxyEnds>& ProxyDoor::ends() const {
    return state_->ends;
}

std::uint64_t ProxyDoor::refused() const {
    return std::accumulate(state_->ends.begin() + 1, state_->ends.end(), std::uint64_t{0});
}

}  // namespace weft::io
