// Management must answer any bytes: as a request message, and as an HTTP request whose method,
// path, query, content type and body stand a line each.
#include "common/base/assert.hpp"
#include "common/mgmt/http_api.hpp"
#include "common/mgmt/management_message.hpp"
#include "common/wire/message.hpp"
#include "tests/unit/mgmt/fake_daemon.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace {

std::string_view next_line(std::string_view& text) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return line;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const weft::Bytes bytes{data, size};
    weft::mgmt::test::FakeDaemon daemon;
    const auto served = weft::mgmt::serve_message(daemon.agent, bytes);
    if (served.reply) {
        WEFT_CHECK(!served.rejection);
        WEFT_CHECK(!served.reply->address.empty());
        WEFT_CHECK(!served.reply->bytes.empty());
    }
    std::string_view text = weft::as_text(bytes);
    weft::HttpRequest request;
    request.method = next_line(text);
    request.target = next_line(text);
    request.target.append("?").append(next_line(text));
    request.headers.emplace_back("Content-Type", next_line(text));
    request.body = text;
    const auto reply = weft::mgmt::test::served_http(daemon.agent, request);
    WEFT_CHECK(reply.status >= 200 && reply.status < 600);
    WEFT_CHECK(reply.content_type.empty() == reply.body.empty());
    return 0;
}
