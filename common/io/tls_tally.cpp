#include "common/io/tls_tally.hpp"

#include <numeric>

namespace weft::io {

std::string_view name_of(TlsEnd end) {
    constexpr std::array<std::string_view, kTlsEnds> kNames{"agreed",      "plain",   "versions",
                                                            "certificate", "revoked", "refused",
                                                            "broken",      "late",    "gone"};
    return kNames[static_cast<std::size_t>(end)];
}

std::string_view remedy_of(TlsEnd end) {
    switch (end) {
        case TlsEnd::plain:
            return "let it speak TLS; or take requireSsl and authenticatePeer from the listener";
        case TlsEnd::versions:
            return "look at protocols and ciphers of the sslProfile, and at what it speaks within "
                   "(ALPN)";
        case TlsEnd::certificate:
            return "give it a certificate of an authority in caCertFile that has not expired";
        case TlsEnd::revoked:
            return "give it another certificate: this one was taken back";
        case TlsEnd::refused:
            return "give it the authority of the listener's certificate, and a host name that this "
                   "is for";
        case TlsEnd::late:
            return "look at the network; or raise initialHandshakeTimeoutSeconds";
        case TlsEnd::agreed:
        case TlsEnd::broken:
        case TlsEnd::gone:
            return {};
    }
    return {};
}

std::array<std::uint64_t, kTlsEnds> TlsTally::all() const {
    std::array<std::uint64_t, kTlsEnds> counts{};
    for (std::size_t i = 0; i < kTlsEnds; ++i) {
        counts[i] = counts_[i].load(std::memory_order_relaxed);
    }
    return counts;
}

std::uint64_t TlsTally::failed() const {
    const auto counts = all();
    return std::accumulate(counts.begin() + 1, counts.end(), std::uint64_t{0});
}

}  // namespace weft::io
