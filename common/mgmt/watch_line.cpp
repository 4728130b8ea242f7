#include "common/mgmt/watch_line.hpp"

#include "common/mgmt/http_api.hpp"
#include "common/mgmt/json.hpp"

#include <optional>
#include <utility>

namespace weft::mgmt {
namespace {

constexpr std::string_view kForms =
    R"(say {"watch": NUMBER, "path": "/api/…"}, {"unwatch": NUMBER} or {"login": "Bearer …"})";

/// Numbers are keys of the client's own, which JavaScript can have.
constexpr std::int64_t kNumberMax = std::int64_t{1} << 53;

tl::unexpected<Error> wrong(std::string text) {
    return fail(kInvalidField, std::move(text));
}

Result<std::int64_t> integer(const wire::Value& value,
                             std::string_view name,
                             std::int64_t least,
                             std::int64_t most) {
    const auto number = value.integer();
    if (!number || *number < least || *number > most) {
        return wrong("'" + std::string{name} + "' must be an integer from " +
                     std::to_string(least) + " to " + std::to_string(most));
    }
    return *number;
}

Result<StreamLine> read_watch(const wire::Map& said, const wire::Value& number) {
    WatchLine line;
    WEFT_TRY(line.number, integer(number, "watch", 0, kNumberMax));
    const wire::Value* path = wire::find(said, "path");
    if (path == nullptr || path->text() == nullptr || !is_api_path(*path->text())) {
        return wrong("'path' must be one of /api, as GET takes it: \"/api/connection?count=100\"");
    }
    line.path = *path->text();
    if (line.path.size() > kWatchPathMax) {
        return wrong("'path' has at most " + std::to_string(kWatchPathMax) + " bytes");
    }
    if (const wire::Value* seconds = wire::find(said, "seconds")) {
        WEFT_TRY(line.seconds, integer(*seconds, "seconds", kWatchSecondsLeast, kWatchSecondsMost));
    }
    return StreamLine{std::move(line)};
}

}  // namespace

Result<StreamLine> read_stream_line(std::string_view line) {
    WEFT_TRY(const wire::Value value, from_json(line));
    const auto* said = value.as<wire::Map>();
    if (said == nullptr) {
        return wrong(std::string{kForms});
    }
    if (const wire::Value* number = wire::find(*said, "watch")) {
        return read_watch(*said, *number);
    }
    if (const wire::Value* number = wire::find(*said, "unwatch")) {
        WEFT_TRY(const std::int64_t unwatched, integer(*number, "unwatch", 0, kNumberMax));
        return StreamLine{UnwatchLine{unwatched}};
    }
    const wire::Value* login = wire::find(*said, "login");
    if (login != nullptr && login->text() != nullptr) {
        return StreamLine{LoginLine{*login->text()}};
    }
    return wrong(std::string{kForms});
}

}  // namespace weft::mgmt
