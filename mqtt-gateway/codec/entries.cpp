#include "mqtt-gateway/codec/entries.hpp"

#include "mqtt-gateway/codec/field_writer.hpp"
#include "mqtt-gateway/codec/property_writer.hpp"

namespace weft::mqtt {
namespace {

constexpr unsigned kQosBits = 0x03;
constexpr unsigned kNoLocalBit = 0x04;
constexpr unsigned kRetainAsPublishedBit = 0x08;
constexpr unsigned kRetainHandlingShift = 4;
constexpr unsigned kReservedBits = 0xc0;
constexpr std::string_view kOptions = "subscription options";

Subscription subscription_of(std::string_view filter, unsigned options) noexcept {
    return {.filter = filter,
            .qos = static_cast<Qos>(options & kQosBits),
            .no_local = (options & kNoLocalBit) != 0,
            .retain_as_published = (options & kRetainAsPublishedBit) != 0,
            .retain_handling = static_cast<RetainHandling>(options >> kRetainHandlingShift & 3U)};
}

std::uint8_t options_of(const Subscription& subscription) noexcept {
    unsigned options = static_cast<unsigned>(subscription.qos);
    options |= subscription.no_local ? kNoLocalBit : 0;
    options |= subscription.retain_as_published ? kRetainAsPublishedBit : 0;
    options |= static_cast<unsigned>(subscription.retain_handling) << kRetainHandlingShift;
    return static_cast<std::uint8_t>(options);
}

/// Spec: MQTT 5 §3.8.3.1, MQTT 3.1.1 [MQTT-3.8.3-4]
void check_options(FieldReader& in, std::string_view filter, unsigned options, std::size_t at) {
    const bool v5 = in.is_v5();
    if ((options & (v5 ? kReservedBits : ~kQosBits)) != 0) {
        in.fail(Reason::malformed_packet, kOptions, "have a reserved bit set", at);
    } else if ((options & kQosBits) == kQosBits) {
        in.fail(v5 ? Reason::protocol_error : Reason::malformed_packet, kOptions, "ask for QoS 3",
                at);
    } else if (options >> kRetainHandlingShift == 3) {
        in.fail(Reason::protocol_error, kOptions, "have the retain handling 3", at);
    } else if ((options & kNoLocalBit) != 0 && split(filter).shared()) {
        in.fail(Reason::protocol_error, kOptions, "have No Local for a shared subscription", at);
    }
}

}  // namespace

Subscriptions read_subscriptions(FieldReader& in) noexcept {
    Subscriptions read;
    const std::size_t begin = in.at();
    if (in.done()) {
        in.fail(Reason::protocol_error, "topic filter", "is missing: there is none at all", begin);
    }
    for (; !in.done(); ++read.count_) {
        const std::string_view filter = in.topic_filter("topic filter");
        const std::size_t at = in.at();
        const unsigned options = in.u8(kOptions);
        check_options(in, filter, options, at);
    }
    if (!in.ok()) {
        return {};
    }
    read.in_ = FieldReader{in.since(begin), Version::v5};
    return read;
}

std::optional<Subscription> Subscriptions::next() {
    if (count_ == 0) {
        return std::nullopt;
    }
    --count_;
    const std::string_view filter = as_text(in_.binary({}));
    return subscription_of(filter, in_.u8({}));
}

Filters read_filters(FieldReader& in) noexcept {
    Filters read;
    const std::size_t begin = in.at();
    if (in.done()) {
        in.fail(Reason::protocol_error, "topic filter", "is missing: there is none at all", begin);
    }
    for (; !in.done(); ++read.count_) {
        (void)in.topic_filter("topic filter");
    }
    if (!in.ok()) {
        return {};
    }
    read.in_ = FieldReader{in.since(begin), Version::v5};
    return read;
}

std::optional<std::string_view> Filters::next() {
    if (count_ == 0) {
        return std::nullopt;
    }
    --count_;
    return as_text(in_.binary({}));
}

bool SubscriptionWriter::add(const Subscription& subscription) {
    if (subscription.filter.size() > kTextBytesMax) {
        return false;
    }
    FieldWriter to{out_};
    to.text(subscription.filter);
    to.u8(options_of(subscription));
    ++count_;
    return true;
}

Subscriptions SubscriptionWriter::written() const {
    Subscriptions all;
    all.in_ = FieldReader{Bytes{out_}.subspan(begin_), Version::v5};
    all.count_ = count_;
    return all;
}

bool FilterWriter::add(std::string_view filter) {
    if (filter.size() > kTextBytesMax) {
        return false;
    }
    FieldWriter{out_}.text(filter);
    ++count_;
    return true;
}

Filters FilterWriter::written() const {
    Filters all;
    all.in_ = FieldReader{Bytes{out_}.subspan(begin_), Version::v5};
    all.count_ = count_;
    return all;
}

}  // namespace weft::mqtt
