#include "mqtt-gateway/mapping/retained_copy.hpp"

#include "mqtt-gateway/mapping/row_key.hpp"

#include <doctest/doctest.h>

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

using namespace weft;
using namespace weft::mqtt_mapping;

namespace {

using Epoch = RetainedCopy::Epoch;
using Kept = Retained::Kept;

SharedMessage kept(const std::string& topic, const std::string& payload) {
    auto made = KeptMessage::from({.retain = true, .topic = topic, .payload = as_bytes(payload)},
                                  "d", kForever);
    REQUIRE(made);
    return std::make_shared<const KeptMessage>(*std::move(made));
}

std::string value_of(const Retained& retained, const std::string& topic) {
    const SharedMessage message = retained.find(topic);
    return message == nullptr ? "" : std::string{as_text(message->publish().payload)};
}

/// The queue in the simplest words: rows in their order, the youngest of each topic.
struct Queue {
    struct Row {
        std::string topic{};
        Epoch epoch = 0;
        std::string value{};  // empty: nothing is retained
    };

    /// The epoch that bars it; none: it is taken.
    std::optional<Epoch> take(const Row& row) {
        const auto there = places.find(row.topic);
        if (there != places.end() && rows.at(there->second).epoch >= row.epoch) {
            return rows.at(there->second).epoch;
        }
        if (there != places.end()) {
            rows.erase(there->second);
        }
        rows[++last] = row;
        places[row.topic] = last;
        return std::nullopt;
    }
    std::string value(const std::string& topic) const {
        const auto there = places.find(topic);
        return there == places.end() ? "" : rows.at(there->second).value;
    }

    std::map<std::size_t, Row> rows{};
    std::map<std::string, std::size_t> places{};
    std::size_t last = 0;
};

/// What a gateway does with it; what it sends and hears takes its time.
struct Gateway {
    explicit Gateway(Queue& all) : queue{all} {}

    void write(const std::string& topic, bool removes, WallTime now) {
        if (!under_way.insert(topic).second) {
            return;
        }
        send(topic, removes, now);
    }
    void send(const std::string& topic, bool removes, WallTime now) {
        const Epoch epoch = copy.next_epoch(now);
        copy.sent(topic, epoch);
        sent.push_back({topic, epoch, removes ? "" : std::to_string(epoch)});
    }
    void arrive() {
        if (!sent.empty()) {
            said.emplace_back(sent.front(), queue.take(sent.front()));
            sent.pop_front();
        }
    }
    void hear(WallTime now) {
        if (said.empty()) {
            return;
        }
        const auto [row, bar] = said.front();
        said.pop_front();
        if (bar) {
            copy.refused(row.topic, row.epoch);
            copy.note(*bar);
            send(row.topic, row.value.empty(), now);
        } else {
            copy.accepted(kept(row.topic, row.value), row.epoch);
            under_way.erase(row.topic);
        }
    }
    void lose_link() {
        read_to = 0;
        copy.restart();
        look();
    }
    void look() {
        copy.ask();
        looking = true;
        wanted.clear();
        for (const auto& [place, row] : queue.rows) {
            wanted[row.topic] = row.epoch;
        }
    }
    void read() {
        const auto next = queue.rows.upper_bound(read_to);
        if (next != queue.rows.end()) {
            read_to = next->first;
            copy.read(kept(next->second.topic, next->second.value), next->second.epoch);
            return;
        }
        if (std::exchange(looking, false)) {  // to the end of what is there by then
            copy.caught_up();
            for (const auto& [topic, epoch] : wanted) {  // C2
                const std::string value = value_of(retained, topic);
                if (!value.empty()) {
                    CHECK(std::stoull(value) >= epoch);
                }
            }
        }
    }

    Queue& queue;
    Retained retained{Retained::Limits{}};
    RetainedCopy copy{retained};
    std::set<std::string> under_way{};
    std::deque<Queue::Row> sent{};
    std::deque<std::pair<Queue::Row, std::optional<Epoch>>> said{};
    std::size_t read_to = 0;
    bool looking = false;
    std::map<std::string, Epoch> wanted{};
};

}  // namespace

TEST_SUITE("retained copy") {
    TEST_CASE("an own write is there once it is accepted, and older rows come too late") {
        Retained retained{Retained::Limits{}};
        RetainedCopy copy{retained};
        copy.sent("a", 10);
        CHECK(copy.read(kept("a", "other"), 5) == Kept::added);
        CHECK(copy.accepted(kept("a", "mine"), 10) == Kept::replaced);
        CHECK(copy.read(kept("a", "late"), 7) == Kept::nothing);
        CHECK(value_of(retained, "a") == "mine");
        CHECK(copy.read(kept("a", "mine"), 10) == Kept::nothing);
        CHECK(copy.own() == 0);
        CHECK(copy.read(kept("a", "younger"), 11) == Kept::replaced);
    }

    TEST_CASE("what was read before it is told as accepted is not kept over a younger row") {
        Retained retained{Retained::Limits{}};
        RetainedCopy copy{retained};
        copy.sent("a", 10);
        copy.read(kept("a", "mine"), 10);
        copy.read(kept("a", "younger"), 12);
        CHECK(copy.accepted(kept("a", "mine"), 10) == Kept::nothing);
        CHECK(value_of(retained, "a") == "younger");
    }

    TEST_CASE("while one write is ahead, another one does not let older rows in") {
        Retained retained{Retained::Limits{}};
        RetainedCopy copy{retained};
        copy.sent("a", 10);
        copy.accepted(kept("a", "mine"), 10);
        copy.sent("a", 20);
        CHECK(copy.read(kept("a", "old"), 5) == Kept::nothing);
        copy.refused("a", 20);
        CHECK(copy.read(kept("a", "old"), 6) == Kept::nothing);
        CHECK(value_of(retained, "a") == "mine");
    }

    TEST_CASE("what is not read again is gone, but not what was written meanwhile") {
        Retained retained{Retained::Limits{}};
        RetainedCopy copy{retained};
        copy.read(kept("gone", "1"), 1);
        copy.read(kept("there", "1"), 1);
        copy.read(kept("written", "1"), 1);
        copy.restart();
        copy.ask();
        copy.sent("written", 2);
        copy.accepted(kept("written", "2"), 2);
        copy.read(kept("there", "1"), 1);
        CHECK(value_of(retained, "gone") == "1");  // until then it may come
        copy.caught_up();
        CHECK(value_of(retained, "gone").empty());
        CHECK(value_of(retained, "there") == "1");
        CHECK(value_of(retained, "written") == "2");
        CHECK(copy.own() == 1);
        copy.ask();
        copy.caught_up();  // its row has expired: nothing older will come
        CHECK(copy.own() == 0);
    }

    TEST_CASE("epochs rise with the time, and over all that were seen") {
        Retained retained{Retained::Limits{}};
        RetainedCopy copy{retained};
        CHECK(copy.next_epoch(100) == 100);
        CHECK(copy.next_epoch(100) == 101);
        copy.note(500);
        CHECK(copy.next_epoch(200) == 501);
        copy.note(RetainedCopy::kEpochMax + 1);  // nobody could go beyond it
        CHECK(copy.next_epoch(200) == 502);
    }

    TEST_CASE("a key is the topic, or what stands for a long one") {
        const std::string longest(kRowKeyMax, 'x');
        CHECK(row_key("a/b") == "a/b");
        CHECK(row_key(longest) == longest);
        CHECK(row_key(longest + "x").size() == 65);
        CHECK(row_key(longest + "x")[0] == '#');
        CHECK(row_key(longest + "x") != row_key(longest + "y"));
    }

    TEST_CASE("whatever comes when, all copies are what the queue has") {
        for (unsigned seed = 1; seed <= 300; ++seed) {
            CAPTURE(seed);
            std::mt19937 random{seed};
            const auto pick = [&](unsigned below) { return random() % below; };
            Queue queue;
            Gateway first{queue};
            Gateway second{queue};
            std::vector<Gateway*> all{&first, &second};
            WallTime now = 1000;
            for (int step = 0; step < 400; ++step) {
                Gateway& one = *all[pick(2)];
                now += static_cast<WallTime>(pick(2));
                switch (pick(7)) {
                    case 0:
                        one.write(std::string(1, static_cast<char>('a' + pick(4))), pick(3) == 0,
                                  now + (&one == &first ? 0 : 20));  // their clocks differ
                        break;
                    case 1:
                        one.arrive();
                        break;
                    case 2:
                        one.hear(now);
                        break;
                    case 3:
                        if (pick(10) == 0) {
                            one.lose_link();
                        }
                        break;
                    case 4:
                        if (!one.looking) {
                            one.look();
                        }
                        break;
                    default:
                        one.read();
                }
            }
            for (int i = 0; i < 500; ++i) {
                for (Gateway* one : all) {
                    one->arrive();
                    one->hear(now);
                    one->read();
                }
            }
            for (Gateway* one : all) {
                CHECK(one->under_way.empty());
                one->look();
                while (one->looking) {
                    one->read();
                }
                for (const char* topic : {"a", "b", "c", "d"}) {
                    CHECK(value_of(one->retained, topic) == queue.value(topic));
                }
                CHECK(one->copy.own() == 0);
            }
        }
    }
}
