#include "common/io/websocket_transport.hpp"

#include "common/io/websocket_stream.hpp"

namespace weft::io {

template void open_websocket<TcpSocket>(Loop&, TcpSocket, Upgraded, std::unique_ptr<Upgrade>);

}  // namespace weft::io
