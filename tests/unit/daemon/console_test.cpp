#include "common/daemon/console.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>

using namespace weft;
using namespace weft::daemon;

namespace {

constexpr std::array<ConsoleFile, 2> kConsoleFiles{{
    {"index.html", "text/html; charset=utf-8", R"("1")", "packed page"},
    {"assets/main-1a.js", "text/javascript", R"("2")", "packed script"},
}};

HttpResponse ask_console(const std::string& path, HttpHeaders headers = {}) {
    return serve_console(kConsoleFiles,
                         {.method = "GET", .target = path, .headers = std::move(headers)});
}

std::string header_of(const HttpResponse& answer, std::string_view name) {
    for (const auto& [key, value] : answer.headers) {
        if (key == name) {
            return value;
        }
    }
    return {};
}

}  // namespace

TEST_SUITE_BEGIN("console");

TEST_CASE("paths of the console") {
    CHECK(is_console_path("/console"));
    CHECK(is_console_path("/console/assets/x.js"));
    CHECK_FALSE(is_console_path("/consoles"));
    CHECK_FALSE(is_console_path("/"));
}

TEST_CASE("the page is asked for again, and a file with its hash never") {
    const HttpResponse page = ask_console("/console/?x");
    CHECK(page.status == 200);
    CHECK(page.body == "packed page");
    CHECK(page.content_type == "text/html; charset=utf-8");
    CHECK(header_of(page, "Content-Encoding") == "gzip");
    CHECK(header_of(page, "Cache-Control") == "no-cache");
    CHECK(header_of(page, "ETag") == R"("1")");
    const HttpResponse script = ask_console("/console/assets/main-1a.js");
    CHECK(script.body == "packed script");
    CHECK(header_of(script, "Cache-Control") == "public, max-age=31536000, immutable");
    CHECK(ask_console("/console/index.html").body == page.body);
}

TEST_CASE("who has it is not sent it again") {
    for (const char* given : {R"("1")", R"(W/"1")", R"("0", "1")"}) {
        const HttpResponse answer = ask_console("/console/", {{"If-None-Match", given}});
        CHECK(answer.status == 304);
        CHECK(answer.body.empty());
        CHECK(header_of(answer, "ETag") == R"("1")");
    }
    CHECK(ask_console("/console/", {{"If-None-Match", R"("2")"}}).status == 200);
}

TEST_CASE("nothing is loaded from elsewhere, and nobody frames it") {
    const HttpResponse page = ask_console("/console/");
    const std::string policy = header_of(page, "Content-Security-Policy");
    CHECK(policy.starts_with("default-src 'none'; script-src 'self';"));
    CHECK(policy.ends_with("frame-ancestors 'none'"));
    CHECK(policy.find("unsafe") == std::string::npos);
    CHECK(header_of(page, "X-Frame-Options") == "DENY");
    CHECK(header_of(page, "X-Content-Type-Options") == "nosniff");
}

TEST_CASE("who takes no gzip is told so") {
    for (const char* taken : {"identity", "br", "gzip;q=0", "gzip; q=0.0, br"}) {
        CAPTURE(taken);
        CHECK(ask_console("/console/", {{"Accept-Encoding", taken}}).status == 406);
    }
    for (const char* taken : {"gzip", "br, gzip", "*", "deflate, gzip;q=0.5", "x-gzip"}) {
        CAPTURE(taken);
        CHECK(ask_console("/console/", {{"Accept-Encoding", taken}}).status == 200);
    }
}

TEST_CASE("the folder, what is not there, and a build without console") {
    CHECK(ask_console("/console").status == 308);
    CHECK(header_of(ask_console("/console"), "Location") == "/console/");
    CHECK(ask_console("/console/../secret").status == 404);
    CHECK(ask_console("/console/assets/").status == 404);
    const HttpResponse none = serve_console({}, {.method = "GET", .target = "/console/"});
    CHECK(none.status == 404);
    CHECK(none.body.find("no console") != std::string::npos);
}

TEST_SUITE_END();
