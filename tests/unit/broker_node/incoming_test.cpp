#include "broker/node/incoming.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <optional>

namespace weft::broker {
namespace {

constexpr std::size_t kHalf = Incoming::kBytesMax / 2;

/// One connection's messages.
struct Connected {
    explicit Connected(Incoming& all) : incoming{all} {}

    /// True: it was taken.
    bool begin(std::size_t bytes) {
        message.emplace(incoming, account, [this] {
            message.reset();
            ++given_up;
        });
        return message->add(bytes);
    }

    Incoming& incoming;
    std::shared_ptr<Incoming::Account> account = std::make_shared<Incoming::Account>();
    std::optional<Incoming::Message> message;
    int given_up = 0;
};

}  // namespace

TEST_SUITE("what comes in") {
    TEST_CASE("a connection has no more than all others leave free") {
        Instant now{};
        Incoming incoming{[&] { return now; }};
        Connected one{incoming};
        Connected other{incoming};
        CHECK(one.begin(kHalf));
        CHECK_FALSE(one.message->add(1));
        CHECK(other.begin(kHalf / 2));
        CHECK_FALSE(other.message->add(1));
        one.message.reset();
        CHECK(other.message->add(1));
    }

    TEST_CASE("what a message holds is there until nobody has it, whoever is gone") {
        Instant now{};
        Incoming incoming{[&] { return now; }};
        auto account = std::make_shared<Incoming::Account>();
        auto message = std::make_shared<Incoming::Message>(incoming, account, nullptr);
        CHECK(message->add(100));
        message->end();
        account.reset();  // its connection
        const auto copy = message;
        message.reset();
        CHECK(incoming.bytes() == 100);
        CHECK(copy->bytes() == 100);
    }

    TEST_CASE("who was silent for long gives its room to others, once they need it") {
        Instant now{};
        Incoming incoming{[&] { return now; }};
        Connected silent{incoming};
        Connected lively{incoming};
        Connected other{incoming};
        CHECK(silent.begin(kHalf + kHalf / 2));
        CHECK(lively.begin(kHalf / 2));
        now += Incoming::kSilenceMost - Duration{1};
        CHECK_FALSE(lively.message->add(1));
        CHECK(silent.given_up == 0);
        now += Duration{1};
        CHECK(other.begin(1));  // always its own part
        CHECK(lively.message->add(1));
        CHECK(silent.given_up == 1);
        CHECK(incoming.given_up() == 1);
        CHECK(incoming.bytes() == kHalf / 2 + 2);
    }

    TEST_CASE("what is whole waits for us, and gives up nothing") {
        Instant now{};
        Incoming incoming{[&] { return now; }};
        Connected whole{incoming};
        Connected other{incoming};
        CHECK(whole.begin(kHalf));
        whole.message->end();
        CHECK(other.begin(kHalf));
        now += 2 * Incoming::kSilenceMost;
        CHECK_FALSE(other.message->add(1));
        CHECK(whole.given_up == 0);
    }
}

}  // namespace weft::broker
