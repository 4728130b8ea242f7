#include "common/io/log.hpp"

#include "common/base/utf8.hpp"
#include "common/io/log_line.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace weft::io {

namespace {

std::string canonical(std::string_view text) {
    const auto levels = parse_levels(text);
    return levels ? levels_text(*levels) : "error: " + levels.error().text;
}

std::string text_of(const std::string& path) {
    std::ostringstream all;
    all << std::ifstream{path}.rdbuf();
    return all.str();
}

/// A file that is removed again.
struct TemporaryFile {
    std::string path = "/tmp/weft-log-test-" + std::to_string(::getpid());
    ~TemporaryFile() { std::remove(path.c_str()); }
    std::string text() const { return text_of(path); }
};

std::size_t open_files() {
    const std::filesystem::directory_iterator all{"/proc/self/fd"};
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

}  // namespace

TEST_SUITE("log") {
    TEST_CASE("levels are read as the original writes them") {
        CHECK(canonical("info+") == "info+");
        CHECK(canonical("trace, debug") == "trace,debug");
        CHECK(canonical("warning+,trace") == "trace,warning+");
        CHECK(canonical("notice,warning,error,critical") == "notice+");
        CHECK(canonical("critical") == "critical");
        CHECK(canonical("critical+") == "critical");
        CHECK(canonical("none") == "none");
        CHECK(canonical("Default") == "default");
        CHECK(canonical("TRACE+") == "trace+");
    }

    TEST_CASE("what is no level is refused by name") {
        for (const std::string_view wrong : {"", "verbose", "info,", "info++", "none,info", "+"}) {
            CHECK(canonical(wrong).starts_with("error: '"));
        }
        CHECK(canonical("info,verbose").starts_with("error: 'verbose' is no log level"));
    }

    TEST_CASE("levels are found by name") {
        CHECK(level_named("notice") == Level::notice);
        CHECK_FALSE(level_named("loud"));
    }

    TEST_CASE("until a daemon names its modules there are those of every daemon") {
        const Log log;
        CHECK(log.modules().size() == 6);
        CHECK(find_module(log.modules(), "conn_mgr")->module == Module::conn_mgr);
        CHECK(find_module(log.modules(), "Default")->module == Module::default_);
        CHECK(find_module(log.modules(), "KERNEL") == nullptr);
    }

    TEST_CASE("a daemon names its modules, and records say them") {
        const TemporaryFile file;
        constexpr Module kKettle = own_module(0);
        Log log;
        log.set_modules(
            std::array{NamedModule{kKettle, "KETTLE"}, NamedModule{Module::default_, "DEFAULT"}});
        CHECK(log.modules().size() == 2);
        REQUIRE(log.set(kKettle, {.timestamp = false, .output = file.path}));
        log.write(kKettle, Level::info, "boils", "", 0);
        CHECK(log.flush());
        CHECK(file.text() == "KETTLE (info) boils\n");
        CHECK(log.recent(1).at(0)->module == "KETTLE");
        CHECK(log.count(kKettle, Level::info) == 1);
        CHECK(log.count(Module::server, Level::info) == 0);
    }

    TEST_CASE("a module follows DEFAULT until it has levels of its own") {
        Log log;
        CHECK(log.enabled(Module::server, Level::info));
        CHECK_FALSE(log.enabled(Module::server, Level::debug));
        REQUIRE(log.set(Module::default_, {.levels = *parse_levels("error+")}));
        CHECK_FALSE(log.enabled(Module::server, Level::info));
        REQUIRE(log.set(Module::server, {.levels = *parse_levels("trace")}));
        CHECK(log.enabled(Module::server, Level::trace));
        CHECK_FALSE(log.enabled(Module::server, Level::error));
        REQUIRE(log.change(Module::server, {}));
        CHECK(log.enabled(Module::server, Level::error));
    }

    TEST_CASE("records go to the module's file, are counted and kept") {
        const TemporaryFile file;
        Log log;
        REQUIRE(log.set(Module::http, {.timestamp = false, .output = file.path}));
        log.write(Module::http, Level::warning, "a\nb\x1b[0m", "x/y.cpp", 7);
        CHECK(log.flush());
        CHECK(file.text() == "HTTP (warning) a b [0m\n");
        REQUIRE(log.set(Module::http, {.source = true}));
        log.write(Module::http, Level::info, "c", "x/y.cpp", 8);
        CHECK(log.flush());
        CHECK(file.text().ends_with("HTTP (info) c (y.cpp:8)\n"));
        CHECK(log.count(Module::http, Level::warning) == 1);
        CHECK(log.count(Module::http, Level::error) == 0);
        const auto recent = log.recent(1);
        REQUIRE(recent.size() == 1);
        CHECK(recent[0]->text == "c");
        CHECK(recent[0]->line == 8);
        CHECK(recent[0]->epoch_seconds > 1.6e9);
        CHECK(log.recent().size() == 2);
    }

    TEST_CASE("management chooses among what the configuration names and files in one folder") {
        std::string folder = "/tmp/weft-log-dir-XXXXXX";
        REQUIRE(::mkdtemp(folder.data()) != nullptr);
        const TemporaryFile named;
        Log log;
        REQUIRE(log.set(Module::agent, {.output = named.path}));
        const auto refused = [&](const std::string& output) {
            const auto changed = log.change(Module::http, {.output = output});
            return changed ? std::string{} : changed.error().text;
        };
        CHECK(refused(folder + "/a")
                  .ends_with("or a name for one in \"directory\" of its log entry DEFAULT, which "
                             "it does not set"));
        log.set_directory(folder);
        for (const std::string wrong :
             {"/etc/passwd", "../a", "/dev/null", "", ".", "..", "sub/a", "a\nb"}) {
            CAPTURE(wrong);
            CHECK(refused(wrong).starts_with("log output " + wrong + " is refused: "));
        }
        CHECK(refused(folder + "/../a").ends_with("or a name for one in " + folder));
        CHECK_FALSE(log.settings(Module::http).output);
        for (const std::string right : {"stdout", "stderr", "syslog"}) {
            CHECK(refused(right).empty());
        }
        CHECK(refused(named.path).empty());
        CHECK(refused(folder + "/b.log").empty());
        CHECK(refused("a.log").empty());
        CHECK(log.settings(Module::http).output == folder + "/a.log");
        REQUIRE(log.change(Module::http, {.timestamp = false, .output = "a.log"}));
        log.write(Module::http, Level::info, "there", "", 0);
        CHECK(log.flush());
        CHECK(text_of(folder + "/a.log") == "HTTP (info) there\n");
        std::filesystem::remove_all(folder);
    }

    TEST_CASE("names that peers chose command no terminal") {
        const TemporaryFile file;
        Log log;
        REQUIRE(log.set(Module::http, {.timestamp = false, .output = file.path}));
        log.write(Module::http, Level::info, "\u009b2J \u202etxt\u2066 \xff\xc2 é\u0085", "", 0);
        CHECK(log.flush());
        CHECK(file.text() == "HTTP (info) \\u009b2J \\u202etxt\\u2066 \\xff\\xc2 é\\u0085\n");
        log.write(Module::http, Level::info, std::string(Log::kTextMax, '\xff'), "", 0);
        CHECK(log.recent(1).at(0)->text.size() == Log::kTextMax + 3);
        std::string euros = "\xff";
        while (euros.size() <= Log::kTextMax) {
            euros += "€";
        }
        log.write(Module::http, Level::info, euros, "", 0);
        CHECK(is_utf8(log.recent(1).at(0)->text));
    }

    TEST_CASE("an output that can't be opened changes nothing") {
        Log log;
        const auto result =
            log.set(Module::http, {.levels = LevelSet{0}, .output = "/dev/null/file"});
        REQUIRE_FALSE(result);
        CHECK(result.error().text.starts_with("log output /dev/null/file can't be opened"));
        CHECK(log.enabled(Module::http, Level::error));
    }

    TEST_CASE("outputs that no module uses any more are closed") {
        const TemporaryFile file;
        Log log;
        const std::size_t before = open_files();
        std::vector<std::string> paths;
        for (int i = 0; i < 20; ++i) {
            paths.push_back(file.path + "-" + std::to_string(i));
            REQUIRE(log.set(Module::http, {.timestamp = false, .output = paths.back()}));
            log.write(Module::http, Level::info, "kept", "", 0);
        }
        while (open_files() > before + 1) {
            std::this_thread::yield();
        }
        REQUIRE(log.change(Module::http, {}));
        while (open_files() > before) {
            std::this_thread::yield();
        }
        for (const std::string& path : paths) {
            CHECK(text_of(path) == "HTTP (info) kept\n");
            std::remove(path.c_str());
        }
    }

    TEST_CASE(
        "who logs to a pipe that stands waits for nothing, and the gap is told in its place") {
        const TemporaryFile fifo;
        REQUIRE(::mkfifo(fifo.path.c_str(), 0600) == 0);
        const int reader = ::open(fifo.path.c_str(), O_RDONLY | O_NONBLOCK);
        Log log;
        REQUIRE(log.set(Module::http, {.timestamp = false, .output = fifo.path}));
        std::uint64_t number = 0;
        while (log.dropped(Module::http) < 10) {
            log.write(Module::http, Level::info, std::to_string(number++), "", 0);
        }
        std::string text;
        std::string gap;
        while (gap.empty()) {
            std::array<char, 4096> some{};
            const ssize_t size = ::read(reader, some.data(), some.size());
            text.append(some.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
            gap = text.find("left out") < text.rfind('\n') ? "told" : "";
        }
        ::close(reader);
        std::istringstream lines{text};
        std::uint64_t expected = 0;
        for (std::string line; std::getline(lines, line) && line.starts_with("HTTP");) {
            CHECK(line == "HTTP (info) " + std::to_string(expected++));
        }
        CHECK(text.ends_with("DEFAULT (warning) " + std::to_string(number - expected) +
                             " lines left out: the output is too slow\n"));
    }

    TEST_CASE("only the newest records are kept, and long texts are cut") {
        Log log;
        REQUIRE(log.set(Module::default_, {.output = "/dev/null"}));
        for (std::size_t i = 0; i < Log::kRecordsKept + 5; ++i) {
            log.write(Module::agent, Level::info, std::to_string(i), "", 0);
        }
        log.write(Module::agent, Level::info, std::string(Log::kTextMax + 1, 'x'), "", 0);
        const auto recent = log.recent();
        CHECK(recent.size() == Log::kRecordsKept);
        CHECK(recent.front()->text == "6");
        CHECK(recent.back()->text.size() == Log::kTextMax + 3);
    }

    TEST_CASE("JSON lines escape what they must and hold valid UTF-8") {
        LogRecord record{.module = "SERVER",
                         .level = Level::notice,
                         .text = "say \"\\\" \xc3\xa9 \xff \xe2\x82\xac \xed\xa0\x80",
                         .file = "common/io/x.cpp",
                         .line = 3,
                         .epoch_seconds = 86400.5};
        CHECK(json_line(record) ==
              "{\"time\":\"1970-01-02T00:00:00.500000Z\",\"module\":\"SERVER\","
              "\"level\":\"notice\",\"text\":\"say \\\"\\\\\\\" \xc3\xa9 ? \xe2\x82\xac ???\","
              "\"source\":\"x.cpp:3\"}");
    }

    TEST_CASE("threads may write and change levels at once") {
        Log log;
        REQUIRE(log.set(Module::default_, {.output = "/dev/null"}));
        std::thread other{[&] {
            for (int i = 0; i < 500; ++i) {
                log.write(Module::agent, Level::info, "x", "", 0);
            }
        }};
        for (int i = 0; i < 500; ++i) {
            REQUIRE(log.set(Module::agent, {.levels = static_cast<LevelSet>(i % 128)}));
        }
        other.join();
        CHECK(log.count(Module::agent, Level::info) == 500);
    }
}

}  // namespace weft::io
