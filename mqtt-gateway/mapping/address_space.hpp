#pragma once

#include "common/base/bytes.hpp"
#include "common/base/keyed_hash.hpp"
#include "common/base/result.hpp"
#include "common/keys/key_tree.hpp"
#include "mqtt-gateway/codec/reason.hpp"
#include "mqtt-gateway/mapping/path.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weft::mqtt_mapping {

enum class AddressType : std::uint8_t { queue, anycast, multicast, topic };
/// "queue", …
[[nodiscard]] std::string_view name_of(AddressType type) noexcept;
/// One message may go to many: wildcards and retained messages mean something there.
constexpr bool is_shared_out(AddressType type) noexcept {
    return type == AddressType::multicast || type == AddressType::topic;
}

/// An address that devices may use, as configuration writes it: exact, or with '+' or '*' for one
/// level and '#' at the end for any number of them.
///
/// Without '#' it is a root: topics below it are sent to the address, and what follows is the
/// subject. With '#' each topic below is an address of its own, and there is no subject.
struct DeclaredAddress {
    std::string address;
    AddressType type = AddressType::anycast;
};

/// Topics that a filter means belong to that address; the subject of a message is its whole topic.
/// Topics that begin with '$' can be had by such a one only.
struct TopicMap {
    std::string topic;    // a filter of MQTT
    std::string address;  // declared, without wildcards
};

/// Where messages of a topic go. Views of what was given to `resolve`.
struct Destination {
    std::string_view address{};  // the message's `to`
    std::string_view subject{};  // empty: none
    AddressType type = AddressType::anycast;
};

/// What a receiver attaches to for a filter of MQTT.
struct Source {
    std::string address{};
    /// What messages of the address belong to the filter, by their subjects: words `*` and `#`
    /// between the separators of paths. "#": all, no filter is needed; "": those without a subject.
    std::string subject{};
    AddressType type = AddressType::anycast;

    bool operator==(const Source&) const = default;
    auto operator<=>(const Source&) const = default;
};

struct Pattern;  // declared.hpp

/// Why something is not done; `what` is a literal for a person.
struct Refusal {
    mqtt::Reason reason{};
    std::string_view what{};
};

/// The addresses that devices may use, and which topics and filters mean which of them.
///
///   A1  a topic belongs to the longest address that is made of its first levels; to one of a queue
///       or anycast only if that is all of it. Of equally long ones a literal level goes before '+'
///   A2  topic → destination → topic is the same topic
///   A3  a source brings each message whose topic the filter means; it may bring others, which the
///       gateway's own FilterTree leaves out. Of patterns a source is an address with wildcards:
///       routers (multicast) and brokers (topic) know what that means
///   A4  what maps name is reached by them alone, so that A2 holds
///
/// Threading: loop-confined; each loop has one.
class AddressSpace {
public:
    static constexpr std::size_t kSourcesMax = 1000;  // of one filter

    struct Options {
        Separator separator = Separator::slash;
        /// A shared subscription of a multicast address shares among the devices of this gateway
        /// only: right where it is the only one.
        bool shares_multicast = false;
    };

    /// Errors: in words for who wrote the configuration.
    [[nodiscard]] static Result<AddressSpace> make(const std::vector<DeclaredAddress>& addresses,
                                                   const std::vector<TopicMap>& maps,
                                                   Options options);
    AddressSpace(AddressSpace&& other) noexcept;
    AddressSpace& operator=(AddressSpace&& other) noexcept;
    ~AddressSpace();

    /// `name` has no fault (codec/topic.hpp). The views point into `path`, which is overwritten.
    /// Refused: `topic name invalid`, nothing is declared for it.
    [[nodiscard]] tl::expected<Destination, Refusal> resolve(std::string_view name,
                                                             std::string& path) const;

    /// `filter` has no fault; it may be shared ($share/GROUP/FILTER). No source twice.
    /// Refused: `unspecified error` (nothing is declared), `topic filter invalid` (too long),
    /// `wildcard subscriptions not supported` (queues and anycast only), `shared subscriptions not
    /// supported`, `quota exceeded` (kSourcesMax).
    [[nodiscard]] tl::expected<std::vector<Source>, Refusal> sources(std::string_view filter) const;

    /// Appends the topic of a message that was sent to `address`; see A2. False: it is none that
    /// MQTT allows, or has more than kTopicLevelsMax levels; `topic` is then of no use.
    [[nodiscard]] bool append_topic_of(std::string& topic,
                                       std::string_view address,
                                       std::string_view subject) const;
    /// The same of an address and subject in one text, "address/subject", as reply-to has it.
    [[nodiscard]] bool append_topic_of(std::string& topic, std::string_view reply_to) const;
    /// Appends that text for a topic of a device, also if nothing is declared for it. False: it
    /// would be read as another one, of a map.
    [[nodiscard]] bool append_reply_to(std::string& out, std::string_view topic) const;

    Separator separator() const { return options_.separator; }
    std::size_t size() const { return entries_.size(); }

private:
    struct Entry;
    struct Map;
    struct Found;

    explicit AddressSpace(Options options);

    [[nodiscard]] Result<void> declare(const DeclaredAddress& declared);
    [[nodiscard]] Result<void> add_map(const TopicMap& declared);
    const Entry* same_as(const Pattern& pattern) const;
    const Entry* entry_of(std::string_view name) const;
    const Map* map_of(std::string_view name) const;
    bool is_mapped(const Entry& target, std::string_view name) const;
    void append_address(std::string& out, const Pattern& pattern, std::string_view name) const;
    std::size_t count_words(std::string_view path) const;
    static bool is_topic(std::string_view name);

    // sources.cpp; `Levels` are those of a filter
    using Levels = std::vector<std::string_view>;
    void add_map_sources(Found& found) const;
    void add_sources(Found& found) const;
    const Entry* root_of(const Levels& levels, std::size_t literals) const;
    void add_source(const Entry& entry, Found& found) const;
    void add(Source source, Found& found) const;
    std::string source_address(const Entry& entry, const Levels& filter) const;
    void append_words(std::string& out,
                      const Levels& filter,
                      std::size_t at,
                      std::string_view any) const;

    Options options_;
    std::vector<std::unique_ptr<Entry>> entries_;
    std::vector<std::unique_ptr<Map>> maps_;
    keys::KeyTree<const Entry> by_topic_{keys::MatchMethod::mqtt};
    keys::KeyTree<const Map> maps_by_topic_{keys::MatchMethod::mqtt};
    // By the first level that entries have; those that begin with a wildcard have none.
    boost::unordered_flat_map<std::string, std::vector<const Entry*>, TextHash, std::equal_to<>>
        by_first_level_;
    std::vector<const Entry*> with_wild_first_level_;
    // Without wildcards, by address.
    boost::unordered_flat_map<std::string, Entry*, TextHash, std::equal_to<>> targets_;
    mutable std::vector<const Entry*> matches_;  // of the search under way
    mutable std::vector<const Map*> map_matches_;
    mutable std::string path_;
};

/// Appends a source's filter set as AMQP encodes it: one filter, `apache.org:legacy-amqp-topic-
/// binding:string`, under the name "subject". Nothing for "#".
void append_filter_set(Buffer& out, std::string_view subject);

}  // namespace weft::mqtt_mapping
