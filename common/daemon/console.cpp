#include "common/daemon/console.hpp"

#include <algorithm>
#include <string>

namespace weft::daemon {
namespace {

constexpr std::string_view kConsole = "/console";
constexpr std::string_view kIndex = "index.html";

HttpResponse console_text(unsigned status, std::string body) {
    return {.status = status, .body = std::move(body) + "\n"};
}

/// Spec: RFC 9110 §12.5.3; who says nothing takes anything.
bool takes_gzip(const HttpRequest& request) {
    std::string_view rest = request.header("Accept-Encoding");
    if (rest.empty()) {
        return true;
    }
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find(','), rest.size());
        std::string_view coding = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        const std::size_t semicolon = std::min(coding.find(';'), coding.size());
        const std::string_view weight = coding.substr(semicolon);
        coding = coding.substr(0, semicolon);
        coding.remove_prefix(std::min(coding.find_first_not_of(" \t"), coding.size()));
        coding = coding.substr(0, coding.find_last_not_of(" \t") + 1);
        if ((coding == "gzip" || coding == "x-gzip" || coding == "*") &&
            weight.find_first_of("123456789") != std::string_view::npos) {
            return true;
        }
        if ((coding == "gzip" || coding == "x-gzip" || coding == "*") && weight.empty()) {
            return true;
        }
    }
    return false;
}

/// What a browser does with the console, whatever it is told by somebody else.
void guard_page(HttpHeaders& headers) {
    headers.emplace_back("Content-Security-Policy",
                         "default-src 'none'; script-src 'self'; style-src 'self'; "
                         "img-src 'self'; connect-src 'self'; base-uri 'none'; "
                         "form-action 'none'; frame-ancestors 'none'");
    headers.emplace_back("X-Frame-Options", "DENY");
    headers.emplace_back("X-Content-Type-Options", "nosniff");
    headers.emplace_back("Referrer-Policy", "no-referrer");
    headers.emplace_back("Cross-Origin-Opener-Policy", "same-origin");
    headers.emplace_back("Cross-Origin-Resource-Policy", "same-origin");
}

HttpResponse console_file(const ConsoleFile& file, const HttpRequest& request) {
    const bool has_it = request.header("If-None-Match").find(file.etag) != std::string_view::npos;
    if (!has_it && !takes_gzip(request)) {
        return console_text(406, "This is compressed: accept the encoding gzip.");
    }
    HttpResponse answer{.status = has_it ? 304U : 200U,
                        .content_type = std::string{file.content_type}};
    answer.headers = {
        {"ETag", std::string{file.etag}},
        {"Cache-Control", file.path == kIndex ? "no-cache" : "public, max-age=31536000, immutable"},
        {"Vary", "Accept-Encoding"}};
    guard_page(answer.headers);
    if (!has_it) {
        answer.headers.emplace_back("Content-Encoding", "gzip");
        answer.body = file.gzip;
    }
    return answer;
}

}  // namespace

bool is_console_path(std::string_view path) {
    return path.starts_with(kConsole) &&
           (path.size() == kConsole.size() || path[kConsole.size()] == '/');
}

HttpResponse serve_console(std::span<const ConsoleFile> files, const HttpRequest& request) {
    std::string_view path = request.path();
    if (files.empty()) {
        return console_text(404,
                            "This build has no console: it was configured with "
                            "-DWEFT_CONSOLE=OFF.");
    }
    if (path == kConsole) {  // what the page names is relative to the folder
        HttpResponse there = console_text(308, "The console is at /console/");
        there.headers.emplace_back("Location", "/console/");
        return there;
    }
    path.remove_prefix(kConsole.size() + 1);
    const auto found = std::ranges::find(files, path.empty() ? kIndex : path, &ConsoleFile::path);
    return found == files.end()
               ? console_text(404, "The console has no such file; it begins at /console/")
               : console_file(*found, request);
}

}  // namespace weft::daemon
