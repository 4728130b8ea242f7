#pragma once

#include "common/base/bytes.hpp"
#include "mqtt-gateway/codec/field_reader.hpp"
#include "mqtt-gateway/codec/version.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

/// What SUBSCRIBE and UNSUBSCRIBE list. Spec: MQTT 5 §3.8.3, §3.10.3
namespace weft::mqtt {

enum class Qos : std::uint8_t { at_most_once = 0, at_least_once = 1, exactly_once = 2 };

/// Which retained messages a subscription asks for. Spec: MQTT 5 §3.8.3.1
enum class RetainHandling : std::uint8_t { send = 0, send_if_new = 1, none = 2 };

struct Subscription {
    std::string_view filter{};
    Qos qos = Qos::at_most_once;
    // MQTT 5; older clients mean these defaults.
    bool no_local = false;
    bool retain_as_published = false;
    RetainHandling retain_handling = RetainHandling::send;

    bool operator==(const Subscription&) const = default;
};

/// The entries of a SUBSCRIBE: a view of their bytes, which were checked. `next` returns one each
/// time; a copy goes on where this is.
class Subscriptions {
public:
    Subscriptions() = default;

    std::optional<Subscription> next();
    /// Those that `next` has not returned yet.
    std::size_t count() const { return count_; }
    Bytes encoded() const { return in_.remaining(); }

private:
    friend class SubscriptionWriter;
    friend Subscriptions read_subscriptions(FieldReader& in) noexcept;

    FieldReader in_{{}, Version::v5};
    std::size_t count_ = 0;
};

/// The filters of an UNSUBSCRIBE, in the same way.
class Filters {
public:
    Filters() = default;

    std::optional<std::string_view> next();
    std::size_t count() const { return count_; }
    Bytes encoded() const { return in_.remaining(); }

private:
    friend class FilterWriter;
    friend Filters read_filters(FieldReader& in) noexcept;

    FieldReader in_{{}, Version::v5};
    std::size_t count_ = 0;
};

/// All that is left of the packet; none, or a bad one, is a fault.
[[nodiscard]] Subscriptions read_subscriptions(FieldReader& in) noexcept;
[[nodiscard]] Filters read_filters(FieldReader& in) noexcept;

/// Writes entries to the end of a buffer that the caller owns, for packets that are encoded.
/// Nothing else is written there meanwhile. Threading: not shared.
class SubscriptionWriter {
public:
    explicit SubscriptionWriter(Buffer& out) : out_{out}, begin_{out.size()} {}

    /// False, and nothing written, if the filter has more bytes than a text may.
    [[nodiscard]] bool add(const Subscription& subscription);
    /// Valid until the buffer changes.
    Subscriptions written() const;

private:
    Buffer& out_;
    std::size_t begin_;
    std::size_t count_ = 0;
};

/// The same for an UNSUBSCRIBE.
class FilterWriter {
public:
    explicit FilterWriter(Buffer& out) : out_{out}, begin_{out.size()} {}

    [[nodiscard]] bool add(std::string_view filter);
    Filters written() const;

private:
    Buffer& out_;
    std::size_t begin_;
    std::size_t count_ = 0;
};

}  // namespace weft::mqtt
