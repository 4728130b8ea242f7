#pragma once

#include "common/io/socket.hpp"

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstddef>

namespace weft::io {

/// With the concrete executor: the default, type-erased one costs 40 bytes and a virtual call more.
/// Internal to common/io.
using TcpSocket =
    boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

/// Of the loop that `context` is of. One that it does not take is not open: reading will tell.
TcpSocket taken_in(boost::asio::io_context& context, Socket socket);

/// Bytes that the system has taken from us and the peer's system has not acknowledged.
std::size_t bytes_under_way(TcpSocket& socket);

/// Idempotent. `forgets`: the system drops what is under way, instead of holding on to it.
void close_socket(TcpSocket& socket, bool forgets) noexcept;

}  // namespace weft::io
