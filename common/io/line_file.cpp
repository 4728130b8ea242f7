#include "common/io/line_file.hpp"

#include "common/io/log_writer.hpp"
#include "common/io/rotating_output.hpp"

#include <chrono>
#include <utility>

namespace weft::io {

struct LineFile::State {
    LogWriter writer;
    std::shared_ptr<LogWriter::Lane> lane;
};

LineFile::LineFile(std::unique_ptr<State> state) : state_{std::move(state)} {}

LineFile::~LineFile() = default;

Result<std::unique_ptr<LineFile>> LineFile::open(const std::string& path, Limits limits) {
    WEFT_TRY(auto output, RotatingOutput::open(path, limits));
    auto state = std::make_unique<State>();
    state->lane = state->writer.add(std::move(output));
    return std::unique_ptr<LineFile>{new LineFile{std::move(state)}};
}

bool LineFile::write(std::string line) {
    const double now =
        std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
    const auto record = std::make_shared<const LogRecord>(
        LogRecord{"DEFAULT", Level::notice, std::move(line), __FILE__, __LINE__, now});
    return state_->writer.queue(*state_->lane, {.record = record, .format = Log::Format::bare});
}

std::uint64_t LineFile::dropped() const {
    return state_->writer.dropped(Module::default_);
}

std::uint64_t LineFile::failures() const {
    return state_->writer.failures();
}

}  // namespace weft::io
