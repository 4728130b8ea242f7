#pragma once

#include "common/base/result.hpp"
#include "common/base/time.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weft::io {

/// Who speaks: a place in the log's table of modules. These are every daemon's; a daemon's own are
/// made by own_module, and named by Log::set_modules.
enum class Module : std::uint8_t { default_, server, agent, http, conn_mgr, protocol };

/// Modules of one daemon, those of every daemon among them.
inline constexpr std::size_t kModulesMax = 32;

/// The `n`-th module of a daemon's own, from 0.
constexpr Module own_module(std::uint8_t n) {
    return static_cast<Module>(static_cast<std::uint8_t>(Module::protocol) + 1 + n);
}

/// As the management entity `log` names it, in capitals; the name is a literal.
struct NamedModule {
    Module module = Module::default_;
    std::string_view name;
};

enum class Level : std::uint8_t { trace, debug, info, notice, warning, error, critical };
inline constexpr std::size_t kLevels = 7;

std::string_view name_of(Level level);
/// The one of `modules` that is called so, in any case; null if there is none.
const NamedModule* find_module(std::span<const NamedModule> modules, std::string_view name);
std::optional<Level> level_named(std::string_view name);

/// A set of levels, bit n being Level n.
using LevelSet = std::uint8_t;

/// Reads "info+", "trace,debug,error+", "none", "default": nothing is "as DEFAULT has it".
/// Errors: amqp:invalid-field, naming the word.
Result<std::optional<LevelSet>> parse_levels(std::string_view text);
/// The inverse, in its shortest form.
std::string levels_text(std::optional<LevelSet> levels);

struct LogRecord {
    std::string_view module;  // its name, a literal
    Level level = Level::info;
    std::string text;
    const char* file = "";  // a literal
    int line = 0;
    double epoch_seconds = 0;
};

/// The process's log: modules with levels of their own, one line a record.
///
/// Which modules there are is the daemon's to say; until it does there are those of every daemon.
///
/// A record that is not enabled costs one relaxed load. Lines are queued and written by a thread
/// of the log's own (log_writer.hpp): to log neither waits nor throws. Of an output that is too
/// slow or fails, what finds no room in its queue is left out and counted.
/// Threading: any thread.
class Log {
public:
    static constexpr std::size_t kRecordsKept = 1000;
    static constexpr Duration kFlushMax = std::chrono::seconds{1};
    static constexpr std::size_t kTextMax = 8192;  // bytes; longer texts are cut

    /// `bare`: the text alone.
    enum class Format : std::uint8_t { text, json, bare };

    /// What one module does; for a module, what is absent is as DEFAULT has it.
    struct Settings {
        std::optional<LevelSet> levels{};
        std::optional<bool> timestamp{};
        std::optional<bool> source{};         // file and line
        std::optional<std::string> output{};  // stderr, stdout, syslog or a file's path
    };

    Log();
    /// Writes what is queued, for a second at most.
    ~Log();
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;

    /// What there is, in the order in which management lists it; DEFAULT is among them. Once,
    /// before other threads log.
    void set_modules(std::span<const NamedModule> modules);
    std::span<const NamedModule> modules() const { return modules_; }

    bool enabled(Module module, Level level) const {
        const auto levels = enabled_[index(module)].load(std::memory_order_relaxed);
        return ((levels >> static_cast<unsigned>(level)) & 1U) != 0;
    }
    /// Takes the record, whether enabled or not; line breaks in it become spaces.
    void write(Module module, Level level, std::string text, const char* file, int line) noexcept;
    /// There was no memory for a record's text.
    void count_dropped(Module module) noexcept;
    /// Waits until all is written, at most for kFlushMax: for what is said to the same terminal by
    /// other means. False: it is not.
    bool flush();

    /// As the configuration says: changes what `settings` holds. Errors: amqp:invalid-field for an
    /// output that can't be opened; then nothing changed.
    Result<void> set(Module module, const Settings& settings);
    /// As management asks: what `settings` does not hold goes back to DEFAULT's. The output may be
    /// none but `stderr`, `stdout`, `syslog`, one that was `set`, or a file in `directory`, by its
    /// name alone or with that folder. Errors: as `set`.
    Result<void> change(Module module, Settings settings);
    /// Where management may have files written; empty: nowhere. Before the log is used by others.
    void set_directory(std::string directory);
    const std::string& directory() const;
    Settings settings(Module module) const;
    void set_format(Format format);

    std::uint64_t count(Module module, Level level) const;
    /// Of those, the ones that were not written.
    std::uint64_t dropped(Module module) const;
    /// Times that an output could not be written, because of an error.
    std::uint64_t failures() const;
    /// The newest records, oldest first, at most `limit`.
    std::vector<std::shared_ptr<const LogRecord>> recent(std::size_t limit = kRecordsKept) const;

private:
    struct State;
    Result<void> apply(Module module, Settings own);
    static constexpr std::size_t index(Module module) { return static_cast<std::size_t>(module); }

    std::array<std::atomic<LevelSet>, kModulesMax> enabled_;
    std::array<std::array<std::atomic<std::uint64_t>, kLevels>, kModulesMax> counts_{};
    std::vector<NamedModule> modules_;
    std::array<std::string_view, kModulesMax> names_;  // by module
    std::unique_ptr<State> state_;
};

/// The one log of the process.
Log& log();

}  // namespace weft::io

/// `text` is evaluated only if the level is enabled: WEFT_LOG(Module::server, Level::info, "...").
/// An exception that it throws costs the line and nothing else.
#define WEFT_LOG(module, level, text)                                             \
    do {                                                                          \
        if (::weft::io::log().enabled(module, level)) {                           \
            try {                                                                 \
                ::weft::io::log().write(module, level, text, __FILE__, __LINE__); \
            } catch (const std::exception&) {                                     \
                ::weft::io::log().count_dropped(module);                          \
            }                                                                     \
        }                                                                         \
    } while (false)
