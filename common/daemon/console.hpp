#pragma once

#include "common/base/http.hpp"

#include <span>
#include <string_view>

/// The web console: files that the build makes of tools/console and that the daemon holds,
/// compressed. Threading: any thread (constants, pure functions).
namespace weft::daemon {

struct ConsoleFile {
    std::string_view path;  // below /console/: "index.html", "assets/main-1a2b3c4d.js"
    std::string_view content_type;
    std::string_view etag;  // in its quotes
    std::string_view gzip;  // what it says
};

/// All of them, index.html first; empty in a build without console. The build writes it.
std::span<const ConsoleFile> console_files();

/// Whether a path is the console's to answer.
bool is_console_path(std::string_view path);

/// The answer to GET or HEAD of a path of the console: one of `files`, which names a hash of what
/// it says and may be kept for ever, or index.html, which is asked for again each time; 304 where
/// the client has it; 404, and 406 for who takes no gzip. What is served may not be framed, and
/// may load and ask nothing but this host. Spec: RFC 9110 §8.8.3, §13.1.2; CSP Level 3
HttpResponse serve_console(std::span<const ConsoleFile> files, const HttpRequest& request);

}  // namespace weft::daemon
