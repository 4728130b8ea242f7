#include "common/base/ip_address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace weft {
namespace {

/// The form of an address of version 4 within version 6.
constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

std::string_view trimmed(std::string_view part) {
    const std::size_t first = part.find_first_not_of(' ');
    return first == std::string_view::npos
               ? std::string_view{}
               : part.substr(first, part.find_last_not_of(' ') - first + 1);
}

/// All whose first `bits` are those of `address`; what follows these there must be 0.
std::optional<IpRange> of_network(const IpAddress& address, std::string_view bits) {
    unsigned count = 0;
    const auto [end, error] = std::from_chars(bits.data(), bits.data() + bits.size(), count);
    const unsigned most = address.is_v4 ? 32 : 128;
    if (error != std::errc{} || end != bits.data() + bits.size() || count > most) {
        return std::nullopt;
    }
    IpRange range{address, address};
    for (std::size_t bit = 128 - most + count; bit < 128; ++bit) {
        const auto mask = static_cast<std::uint8_t>(0x80U >> (bit % 8));
        if ((address.bytes[bit / 8] & mask) != 0) {
            return std::nullopt;
        }
        range.to.bytes[bit / 8] |= mask;
    }
    return range;
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
    const std::string plain{text.substr(0, text.find('%'))};
    IpAddress address;
    if (inet_pton(AF_INET, plain.c_str(), &address.bytes[12]) == 1) {
        address.is_v4 = true;
        return address;
    }
    if (inet_pton(AF_INET6, plain.c_str(), address.bytes.data()) != 1) {
        return std::nullopt;
    }
    if (std::equal(kMapped.begin(), kMapped.end(), address.bytes.begin())) {
        std::fill_n(address.bytes.begin(), kMapped.size(), std::uint8_t{0});
        address.is_v4 = true;
    }
    return address;
}

std::optional<IpRange> IpRange::parse(std::string_view text) {
    if (const auto address = IpAddress::parse(text)) {
        return IpRange{*address, *address};
    }
    if (const std::size_t slash = text.find('/'); slash != std::string_view::npos) {
        const auto address = IpAddress::parse(text.substr(0, slash));
        return address ? of_network(*address, text.substr(slash + 1)) : std::nullopt;
    }
    const std::size_t dash = text.find('-');
    if (dash == std::string_view::npos) {
        return std::nullopt;
    }
    const auto from = IpAddress::parse(trimmed(text.substr(0, dash)));
    const auto to = IpAddress::parse(trimmed(text.substr(dash + 1)));
    const bool fits = from && to && from->is_v4 == to->is_v4 && *from <= *to;
    return fits ? std::optional{IpRange{*from, *to}} : std::nullopt;
}

std::string endpoint_text(const IpAddress& address, std::uint16_t port) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const std::uint8_t* const bytes = address.bytes.data() + (address.is_v4 ? 12 : 0);
    inet_ntop(address.is_v4 ? AF_INET : AF_INET6, bytes, text.data(), text.size());
    const std::string host{text.data()};
    return (address.is_v4 ? host : "[" + host + "]") + ":" + std::to_string(port);
}

std::string host_of(std::string_view endpoint) {
    std::string_view host = endpoint.substr(0, std::min(endpoint.rfind(':'), endpoint.size()));
    if (host.starts_with('[') && host.ends_with(']')) {
        host = host.substr(1, host.size() - 2);
    }
    return std::string{host};
}

std::string counted_host(std::string_view address) {
    const bool bracketed = address.starts_with('[') && address.ends_with(']');
    const std::string host{bracketed ? address.substr(1, address.size() - 2) : address};
    const auto known = IpAddress::parse(host);
    if (!known) {
        return host;
    }
    constexpr std::size_t kNetwork = 8;
    return known->is_v4 ? host_of(endpoint_text(*known, 0))
                        : "[" + hex(Bytes{known->bytes}.first(kNetwork)) + "/64]";
}

}  // namespace weft
