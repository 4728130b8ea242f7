#pragma once

#include "common/base/bytes.hpp"
#include "common/wire/big_endian.hpp"
#include "router/core/address_table.hpp"
#include "router/core/port.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace weft::node {

/// One thing that a loop's relay tells another's.
struct Record {
    enum class Kind : std::uint8_t {
        /// Bytes: the size of the largest message taken and the connection whose consumer came
        /// first (8 each, big-endian), then an address key. The sender has consumers of it, treated
        /// so, or knows the way to some, at the cost `number` (0 or 1); its `delivery`th.
        announce,
        /// The announcements up to the `delivery`th were taken.
        known,
        /// Bytes: an address key. The sender has no consumers of it any more.
        withdraw,
        /// Bytes: an address key. Of an edge router: clients of the sender send to it, or, if not
        /// `more`, none does any more.
        supply,
        /// Bytes: an address key. `link` will bring deliveries for it: streams, if beside the one
        /// that is `number`, unless that is 0.
        attach,
        /// `link` will not.
        detach,
        /// Bytes: a state, `number` of them, then payload. A frame of `delivery` on `link`.
        /// If `named`, in front of all the id of the connection that brought it (8, big-endian). If
        /// `provenance.for_wildcards`, in front of the first state the size of the name of its
        /// address (2, big-endian), and that.
        transfer,
        /// Bytes: a state. The consumer's side of `link` changed `delivery`.
        update_from_consumer,
        /// Bytes: a state. The producer's side of `link` changed `delivery`.
        update_from_producer,
        /// `link` may start deliveries up to the `delivery`th, those beside it too, and `number`
        /// more bytes of it were passed on. Of one beside another the bytes alone mean something.
        /// If `drain`, it is asked for the rest, for the `asked`th time.
        credit,
        /// The producer's side of `link` counts `delivery` deliveries, unused credit too: it has
        /// heard the `asked`th ask.
        drained,
    };

    Kind kind = Kind::announce;
    bool first = false;
    bool more = false;
    bool settled = false;
    bool aborted = false;
    bool drain = false;
    bool named = false;
    router::Provenance provenance{};
    router::Treatment treatment{};
    std::uint32_t link = 0;  // the exit's id
    std::uint32_t delivery = 0;
    std::uint32_t message_format = 0;
    std::uint32_t number = 0;
    std::uint32_t asked = 0;  // a serial number
    std::uint32_t size = 0;   // of its bytes
};

/// What an announcement says in front of its key.
struct Announced {
    static constexpr std::size_t kNumberBytes = sizeof(std::uint64_t);
    static constexpr std::size_t kBytes = 2 * kNumberBytes;
    using Written = std::array<std::uint8_t, kBytes>;

    static Announced read(Bytes bytes) {
        return {.most = wire::load_u64(bytes.data()),
                .asker = wire::load_u64(bytes.data() + kNumberBytes),
                .key = as_text(bytes.subspan(kBytes))};
    }
    Written written() const {
        Written bytes{};
        wire::store_u64(bytes.data(), most);
        wire::store_u64(bytes.data() + kNumberBytes, asker);
        return bytes;
    }

    std::uint64_t most = 0;  // bytes of a message
    std::uint64_t asker = 0;
    std::string_view key{};
};

/// Records in order, their bytes one after the other behind them. Threading: not shared (a value
/// that is moved from loop to loop).
struct Slab {
    std::vector<Record> records;
    Buffer bytes;

    bool empty() const { return records.empty(); }
};

}  // namespace weft::node
