// What comes first where proxies connect: any bytes, a whole header or part of one. Read twice it
// says the same; more behind it changes nothing; and who is named is a host and a port.
#include "common/base/assert.hpp"
#include "common/base/ip_address.hpp"
#include "common/io/proxy_header.hpp"

#include <cstddef>
#include <cstdint>

namespace {

using namespace weft;

void check(Bytes header) {
    const auto peer = io::proxied_peer(header);
    if (!peer || peer->empty()) {
        return;
    }
    WEFT_CHECK(IpAddress::parse(host_of(*peer)));
    Buffer longer{header.begin(), header.end()};
    longer.push_back(0xff);
    WEFT_CHECK(io::proxied_peer(longer) == *peer);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Bytes header{data, size};
    check(header);
    if (const auto rest = io::proxy_rest(header)) {
        WEFT_CHECK(*rest <= io::kProxyRestMax);
    }
    return 0;
}
