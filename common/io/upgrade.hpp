#pragma once

#include "common/io/http_server.hpp"

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include <string>

namespace weft::io {

/// What an HTTP connection leaves to the WebSocket that it becomes.
class Upgrade {
public:
    boost::beast::http::request<boost::beast::http::string_body> request;
    std::string subprotocol;  // of those that the client offers; empty: none
    WebsocketPlace place;
};

}  // namespace weft::io
