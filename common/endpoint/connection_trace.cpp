#include "common/endpoint/connection_trace.hpp"

#include "common/io/log.hpp"

namespace weft::endpoint {
namespace {

constexpr auto kModule = io::Module::protocol;
constexpr auto kLevel = io::Level::trace;

}  // namespace

ConnectionTrace::ConnectionTrace(std::uint64_t id, const amqp::Engine& engine, Tracing tracing)
    : tracing_{tracing},
      tag_{"[C" + std::to_string(id) + "]:"},
      line_{[this](const std::string& text) {
          if (is_on()) {
              io::log().write(kModule, kLevel, tag_ + text, __FILE__, __LINE__);
          }
      }},
      sent_up_to_{engine.output().consumed() + engine.output().size()} {
    received(engine.unused_input());
}

void ConnectionTrace::sent(const OutBuffer& output) {
    const auto seen = static_cast<std::size_t>(sent_up_to_ - output.consumed());
    sent_.take(output.pending().subspan(seen), line_);
    sent_up_to_ = output.consumed() + output.size();
}

bool ConnectionTrace::is_on() const {
    return tracing_ == Tracing::always || io::log().enabled(kModule, kLevel);
}

}  // namespace weft::endpoint
