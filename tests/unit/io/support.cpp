#include "tests/unit/io/support.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>

namespace weft::io {

Socket dial(std::uint16_t port) {
    Socket socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(socket.fd(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    return socket;
}

void send_all(const Socket& socket, std::string_view text) {
    while (!text.empty()) {
        const ssize_t size = ::send(socket.fd(), text.data(), text.size(), MSG_NOSIGNAL);
        REQUIRE(size > 0);
        text.remove_prefix(static_cast<std::size_t>(size));
    }
}

Arrived take_arrived(const Socket& socket, std::size_t size_max) {
    Arrived arrived{.text = std::string(size_max, '\0')};
    const ssize_t size = ::recv(socket.fd(), arrived.text.data(), size_max, MSG_DONTWAIT);
    arrived.ended = size == 0 || (size < 0 && errno != EAGAIN);
    arrived.text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return arrived;
}

Echo::Echo(Transport& transport, Record& record)
    : record_{record}, output_{transport.loop().pool()} {
    record_.transport = &transport;
    record_.output = &output_;
}

void Echo::on_bytes(Bytes in, Instant) {
    CHECK_FALSE(inside_);
    inside_ = true;
    CHECK(in.size() <= Loop::kReadSize);
    record_.received += as_text(in);
    record_.turns_due -= record_.turns_due > 0 ? 1 : 0;
    if (as_text(in) == "quit") {
        output_.append(as_bytes("bye"));
        finished_ = true;
    } else if (as_text(in) == "abort") {
        record_.transport->abort("wanted");
        CHECK(record_.losses == 0);  // deferred
    } else {
        output_.append(in);
    }
    inside_ = false;
}

void Echo::on_lost(std::string_view why) {
    CHECK_FALSE(inside_);
    record_.lost = why;
    ++record_.losses;
}

bool is_whole_answer(std::string_view answer) {
    const std::size_t head = answer.find("\r\n\r\n");
    if (head == std::string_view::npos) {
        return false;
    }
    const std::size_t length = answer.find("Content-Length: ");
    return length > head ||
           answer.size() >= head + 4 + std::stoul(std::string(answer.substr(length + 16, 20)));
}

std::string ask_http(Loop& loop, std::uint16_t port, std::string_view request) {
    const Socket socket = dial(port);
    send_all(socket, request);
    std::string answer;
    run_until(loop, [&] {
        answer += take_arrived(socket).text;
        return is_whole_answer(answer);
    });
    return answer;
}

}  // namespace weft::io
