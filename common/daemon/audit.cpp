#include "common/daemon/audit.hpp"

#include "common/mgmt/json.hpp"
#include "common/mgmt/json_writer.hpp"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <utility>

namespace weft::daemon {
namespace {

constexpr std::array<std::string_view, 2> kFiles{"file", "loginsFile"};

/// "2026-12-01T09:35:59.123Z". Spec: RFC 3339
std::string time_text(Audit::Time at) {
    const auto since = at.time_since_epoch();
    const std::time_t seconds = std::chrono::duration_cast<std::chrono::seconds>(since).count();
    const auto thousandths =
        std::chrono::duration_cast<std::chrono::milliseconds>(since).count() % 1000;
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::array<char, 40> text{};
    const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
    std::snprintf(text.data() + size, text.size() - size, ".%03dZ", static_cast<int>(thousandths));
    return text.data();
}

/// Nothing of a character is left in halves.
void cut(std::string& text) {
    if (text.size() > Audit::kTextMax) {
        std::size_t size = Audit::kTextMax;
        while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) {
            --size;
        }
        text.resize(size);
        text += "…";
    }
}

void cut(wire::Value& value) {
    if (value.is_null()) {
        return;
    }
    const std::size_t size = mgmt::to_json(value).size();
    if (size > Audit::kValueMax) {
        value = std::to_string(size) + " bytes, which are more than is kept";
    }
}

void write(mgmt::JsonWriter& out, std::string_view name, std::string_view text) {
    if (!text.empty()) {
        out.member(name);
        out.string(text);
    }
}

void write_value(mgmt::JsonWriter& out, std::string_view name, const wire::Value& value) {
    if (!value.is_null()) {
        out.member(name);
        out.value(value);
    }
}

}  // namespace

std::string audit_line(const AuditEvent& event, std::uint64_t number, Audit::Time at) {
    mgmt::JsonWriter out{-1};
    out.open('{');
    write(out, "time", time_text(at));
    write_value(out, "number", wire::Value{number});
    write(out, "action", event.action);
    write(out, "subject", event.subject);
    write(out, "user", event.user);
    write(out, "host", event.host);
    write(out, "connection", event.connection);
    write(out, "via", event.via);
    write_value(out, "arguments", event.arguments);
    write_value(out, "before", event.before);
    write_value(out, "after", event.after);
    write(out, "outcome", event.done ? "done" : "refused");
    write(out, "reason", event.reason);
    out.close('}');
    return out.take();
}

Result<void> Audit::open(const AuditConfig& config) {
    const std::array<const std::string*, 2> paths{&config.file, &config.logins_file};
    std::array<std::unique_ptr<io::LineFile>, 2> files;
    for (std::size_t i = 0; i < files.size(); ++i) {
        if (paths[i]->empty()) {
            continue;
        }
        auto opened = io::LineFile::open(*paths[i], config.limits);
        if (!opened) {
            return fail(opened.error().condition,
                        "audit/" + std::string{kFiles[i]} + ": " + opened.error().text);
        }
        files[i] = *std::move(opened);
    }
    book_.with([&](Book& book) {
        std::swap(book.file, files[0]);
        std::swap(book.logins_file, files[1]);
    });
    return {};
}

void Audit::Book::add(AuditEvent event, Time now) {
    const auto kind = static_cast<std::size_t>(event.kind);
    ++(event.done ? counters.done : counters.refused)[kind];
    std::string line = audit_line(event, ++last, now);
    const bool changed = event.kind == AuditEvent::Kind::change && event.done;
    io::LineFile* const to = !changed && logins_file ? logins_file.get() : file.get();
    if (to != nullptr) {
        (void)to->write(line);  // the file counts it
    }
    Shelf& shelf = shelves[changed ? 1 : 0];
    shelf.bytes += line.size();
    shelf.kept.push_back(std::make_shared<const Kept>(
        Kept{.number = last, .at = now, .event = std::move(event), .line = std::move(line)}));
    while (shelf.kept.size() > kKeptMax || shelf.bytes > kBytesMax) {
        shelf.bytes -= shelf.kept.front()->line.size();
        shelf.kept.pop_front();
    }
}

void Audit::add(AuditEvent event, Time now) {
    for (std::string* text : {&event.action, &event.subject, &event.user, &event.host,
                              &event.connection, &event.reason}) {
        cut(*text);
    }
    for (wire::Value* value : {&event.arguments, &event.before, &event.after}) {
        cut(*value);
    }
    book_.with([&](Book& book) { book.add(std::move(event), now); });
}

std::vector<Audit::KeptPtr> Audit::all() {
    std::array<std::deque<KeptPtr>, 2> kept = book_.with([](Book& book) {
        return std::array{book.shelves[0].kept, book.shelves[1].kept};
    });
    std::vector<KeptPtr> all(kept[0].size() + kept[1].size());
    std::ranges::merge(
        kept[0], kept[1], all.begin(), {}, [](const KeptPtr& e) { return e->number; },
        [](const KeptPtr& e) { return e->number; });
    return all;
}

std::size_t Audit::size() {
    return book_.with(
        [](Book& book) { return book.shelves[0].kept.size() + book.shelves[1].kept.size(); });
}

Audit::Counters Audit::counters() {
    return book_.with([](Book& book) {
        Counters counters = book.counters;
        for (const io::LineFile* file : {book.file.get(), book.logins_file.get()}) {
            counters.dropped += file == nullptr ? 0 : file->dropped();
            counters.failures += file == nullptr ? 0 : file->failures();
        }
        return counters;
    });
}

Audit& audit() {
    static Audit the_audit;
    return the_audit;
}

}  // namespace weft::daemon
