#include "broker/queue/fences.hpp"

#include "broker/queue/last_values.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>

namespace weft::queue {
namespace {

SharedFence shared(Fence fence) {
    return std::make_shared<const Fence>(std::move(fence));
}

Record value_of(MessageId id, const std::string& key, const SharedFence& fence) {
    Record record;
    record.id = id;
    record.key = key;
    record.fence = fence;
    return record;
}

}  // namespace

TEST_SUITE("fences") {
    TEST_CASE("which write passes which fence") {
        const Fence known{.epoch = 5, .owner = "a", .sequence = 7};
        struct Case {
            const char* what;
            Fence write;
            Passage passage;
        };
        for (const Case& one : {
                 Case{"higher epoch, its own", {6, "a", 1}, Passage::free},
                 Case{"higher epoch, another's", {6, "b", 0}, Passage::free},
                 Case{"same epoch, its own, higher", {5, "a", 8}, Passage::free},
                 Case{"same epoch, its own, equal", {5, "a", 7}, Passage::again},
                 Case{"same epoch, its own, lower", {5, "a", 6}, Passage::barred},
                 Case{"same epoch, another's, higher", {5, "b", 8}, Passage::barred},
                 Case{"same epoch, another's, equal", {5, "b", 7}, Passage::barred},
                 Case{"same epoch, nobody's", {5, "", 8}, Passage::barred},
                 Case{"lower epoch, its own", {4, "a", 9}, Passage::barred},
                 Case{"lower epoch, another's", {4, "b", 9}, Passage::barred},
                 Case{"the highest", {~std::uint64_t{0}, "", ~std::uint64_t{0}}, Passage::free},
             }) {
            CAPTURE(one.what);
            CHECK(pass(&known, &one.write) == one.passage);
        }
        CHECK(pass(nullptr, &known) == Passage::free);
        CHECK(pass(&known, nullptr) == Passage::barred);
        CHECK(pass(nullptr, nullptr) == Passage::free);
    }

    TEST_CASE("an owner's name is kept once, and as long as somebody has it") {
        KeptFences fences;
        const auto first = fences.keep(shared({1, "life", 1}));
        const std::size_t one = fences.bytes();
        const auto second = fences.keep(shared({2, "life", 9}));
        CHECK(one > 4);
        CHECK(fences.bytes() == one);
        CHECK(*KeptFences::fence_of(second) == Fence{2, "life", 9});
        CHECK(KeptFences::fence_of(fences.keep(nullptr)) == nullptr);
        fences.forget({});
        fences.forget(first);
        CHECK(fences.bytes() == one);
        CHECK(*KeptFences::fence_of(second) == Fence{2, "life", 9});
        fences.forget(second);
        CHECK(fences.bytes() == 0);
    }

    TEST_CASE("of what comes the youngest of a key counts, until it is there") {
        ComingFences coming;
        coming.add(1, "k", shared({1, "a", 1}));
        coming.add(2, "k", shared({1, "a", 2}));
        coming.add(3, "other", nullptr);
        CHECK(coming.find("other") == nullptr);
        coming.remove(1, "k");
        REQUIRE(coming.find("k"));
        CHECK((*coming.find("k"))->sequence == 2);
        coming.add(4, "k", nullptr);
        REQUIRE(coming.find("k"));
        CHECK(*coming.find("k") == nullptr);
        coming.remove(2, "k");
        CHECK(coming.find("k"));
        coming.remove(4, "k");
        CHECK(coming.find("k") == nullptr);
    }

    TEST_CASE("a fence goes with the message of its key, and so does its owner") {
        LastValues values{10};
        values.note(value_of(1, "k", shared({1, "a", 1})));
        const std::size_t bytes = values.bytes();
        values.note(value_of(2, "k", shared({2, "b", 1})));
        CHECK(values.bytes() == bytes);
        CHECK(values.fence_of("k")->owner == "b");
        CHECK(values.find("k") == 2);
        values.forget(1);
        CHECK(values.fence_of("k")->owner == "b");
        values.note(value_of(3, "k", nullptr));
        CHECK(values.fence_of("k") == nullptr);
        values.forget(3);
        CHECK(values.find("k") == 0);
        CHECK(values.bytes() == 0);
        values.note(value_of(4, "k", shared({2, "b", 1})));
        values.clear();
        CHECK(values.bytes() == 0);
    }
}

}  // namespace weft::queue
