#include "mqtt-gateway/mapping/path.hpp"

#include "tests/unit/mqtt_mapping/spaces.hpp"

namespace weft::mqtt_mapping {
namespace {

std::string path_of(std::string_view topic, Separator separator = Separator::slash) {
    std::string path;
    append_path(path, topic, separator);
    return path;
}

std::string plain(std::string_view path, Separator separator = Separator::slash) {
    std::string topic;
    append_topic(topic, path, separator);
    return topic;
}

}  // namespace

TEST_SUITE_BEGIN("mqtt paths");

TEST_CASE("what a path can't say as it is, is escaped") {
    CHECK(path_of("a/b") == "a/b");
    CHECK(path_of("/TopicA") == "%00/TopicA");
    CHECK(path_of("a//b/") == "a/%00/b/%00");
    CHECK(path_of("/") == "%00/%00");
    CHECK(path_of("100%/*") == "100%25/%2A");
    CHECK(path_of("a.b") == "a.b");
    CHECK(path_of("%00") == "%2500");
    CHECK(path_of("a.b/c", Separator::dot) == "a%2Eb.c");
    CHECK(path_of("/x", Separator::dot) == "%00.x");
}

TEST_CASE("in a foreign path what is no escape stands for itself") {
    CHECK(plain("%2a/%2A/%25/%00") == "*/*/%/");
    CHECK(plain("%") == "%");
    CHECK(plain("%2") == "%2");
    CHECK(plain("%zz/a%00") == "%zz/a%00");
    CHECK(plain("%2E") == "%2E");
    CHECK(plain("a.%2e", Separator::dot) == "a/.");
    CHECK(plain("") == "");
    CHECK(plain("a//b") == "a//b");
}

TEST_CASE("any topic comes back as it was") {
    Topics topics{1};
    for (int i = 0; i < 20'000; ++i) {
        const std::string topic = topics.next();
        for (const Separator separator : {Separator::slash, Separator::dot}) {
            const std::string path = path_of(topic, separator);
            if (plain(path, separator) != topic) {
                FAIL(topic << " became " << path);
            }
            REQUIRE(path.find('*') == std::string::npos);
        }
    }
}

TEST_CASE("which paths one with wildcards stands for") {
    const auto slash = [](std::string_view source, std::string_view path) {
        return stands_for(source, path, Separator::slash);
    };
    CHECK(slash("a/b", "a/b"));
    CHECK_FALSE(slash("a/b", "a"));
    CHECK_FALSE(slash("a", "a/b"));
    CHECK(slash("a/+/c", "a/b/c"));
    CHECK(slash("a/*", "a/b"));
    CHECK_FALSE(slash("a/+", "a"));
    CHECK(slash("a/#", "a"));
    CHECK(slash("a/#", "a/b/c"));
    CHECK(slash("#", "a/b"));
    CHECK_FALSE(slash("b/#", "a/b"));
    CHECK(stands_for("a.*", "a.b", Separator::dot));
    CHECK_FALSE(stands_for("a.*", "a.b/c.d", Separator::dot));
}

TEST_CASE("levels are counted") {
    CHECK(count_levels("a") == 1);
    CHECK(count_levels("/") == 2);
    CHECK(count_levels("a/b/") == 3);
}

TEST_SUITE_END();

}  // namespace weft::mqtt_mapping
