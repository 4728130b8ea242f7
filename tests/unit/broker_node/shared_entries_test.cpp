#include "broker/node/shared_entries.hpp"

#include "broker/node/queue_node.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <memory>

namespace weft::broker {
namespace {

QueueEntry entry_of(std::uint64_t messages_max) {
    QueueEntry entry;
    entry.settings.messages_max = messages_max;
    return entry;
}

}  // namespace

TEST_SUITE("shared_entries") {
    TEST_CASE("equal entries are one, while somebody has it and not too many others came") {
        SharedEntries entries;
        const auto first = entries.share(entry_of(1));
        CHECK(entries.share(entry_of(1)) == first);
        CHECK(entries.share(entry_of(2)) != first);
        CHECK(entries.share(entry_of(1)) == first);
        std::weak_ptr<const QueueEntry> gone = entries.share(entry_of(3));
        CHECK(gone.expired());
        CHECK(entries.share(entry_of(3))->settings.messages_max == 3);
        for (std::uint64_t i = 0; i < SharedEntries::kRecentMax; ++i) {
            (void)entries.share(entry_of(100 + i));
        }
        const auto again = entries.share(entry_of(1));
        CHECK(again != first);
        CHECK(*again == *first);
    }

    TEST_CASE("there may be many queues: one that is idle takes about a kilobyte") {
        CHECK(sizeof(QueueNode) <= 1'100);
    }
}

}  // namespace weft::broker
