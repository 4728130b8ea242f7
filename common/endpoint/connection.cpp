#include "common/endpoint/connection.hpp"

#include "common/base/assert.hpp"
#include "common/base/conditions.hpp"
#include "common/endpoint/failovers.hpp"
#include "common/io/log.hpp"
#include "common/io/loop.hpp"
#include "common/wire/reader.hpp"
#include "common/wire/writer.hpp"

#include <stdexcept>
#include <utility>
#include <variant>

namespace weft::endpoint {

using io::Level;
using io::Module;

namespace {

/// Spec: AMQP 1.0 §5.3.3.6
std::uint8_t code_of(security::Refusal refusal) {
    switch (refusal) {
        case security::Refusal::credentials:
            return 1;
        case security::Refusal::system:
            return 2;
        case security::Refusal::permanent:
            return 3;
        case security::Refusal::temporary:
            return 4;
    }
    return 2;
}

/// `properties`, an encoded map or empty, and in front of them the number of the connection.
Buffer numbered(Bytes properties, std::string_view key, std::uint64_t id) {
    wire::Reader outer{properties};
    std::uint32_t count = 0;
    wire::Reader in = properties.empty() ? wire::Reader{} : outer.map(count);
    Buffer encoded;
    wire::Writer out{encoded};
    const auto map = out.begin_map();
    out.symbol(key);
    out.int_(static_cast<std::int32_t>(id));
    while (!in.done()) {
        out.raw(in.raw());
    }
    out.end(map);
    return encoded;
}

/// A slice a turn.
void bury(io::Loop& loop, amqp::Remains remains) {
    std::size_t left = amqp::kBuriedAtOnce;
    remains.free(left, [](const amqp::Link&) {});
    if (!remains.empty()) {
        loop.post(
            [&loop, remains = std::move(remains)]() mutable { bury(loop, std::move(remains)); });
    }
}

template <class... Fs>
struct Overloaded : Fs... {
    using Fs::operator()...;
};
template <class... Fs>
Overloaded(Fs...) -> Overloaded<Fs...>;

}  // namespace

Connection::Connection(io::Transport& transport, std::shared_ptr<const ConnectionProfile> profile)
    : transport_{transport},
      profile_{std::move(profile)},
      engine_{{profile_, &profile_->engine},
              *this,
              transport.loop().pool(),
              &transport.loop().census()} {}

Connection::~Connection() {
    bury(transport_.loop(), amqp::Remains::of(engine_));
}

void Connection::start(std::uint64_t id) {
    WEFT_CHECK(life_ == Life::made);  // C1
    life_ = Life::opening;
    id_ = id;
    started_at_ = transport_.loop().now();
    io::guard(transport_, [this] { begin_engine(); });  // C5
}

void Connection::begin_engine() {
    if (io::log().enabled(Module::protocol, Level::trace)) {
        trace_ = std::make_unique<ConnectionTrace>(id_, engine_, Tracing::while_enabled);
    }
    amqp::Particulars own;
    if (!profile_->number_key.empty()) {
        own.properties = numbered(profile_->engine.properties, profile_->number_key, id_);
    }
    if (profile_->authenticator) {
        own.mechanisms = &profile_->authenticator->mechanisms(security());
    }
    engine_.start(started_at_, std::move(own));
    WEFT_LOG(Module::server, Level::info,
             tag() + (outgoing() ? " connected by " : " accepted on ") + profile_->name +
                 (outgoing() ? " to " : " from ") + peer());
}

Buffer Connection::said_with(const wire::Map& more) const {
    Buffer said = profile_->engine.properties;
    if (!profile_->number_key.empty()) {
        said = numbered(said, profile_->number_key, id_);
    }
    Bytes rest = said;
    auto all = said.empty() ? Result<wire::Value>{wire::Map{}} : wire::decode(rest);
    auto& map = std::get<wire::Map>(all->data);
    map.insert(map.end(), more.begin(), more.end());
    Buffer encoded;
    wire::encode(encoded, *all);
    return encoded;
}

std::string Connection::sasl_mechanism() const {
    return outgoing() ? std::string{engine_.sasl_mechanism()} : identity_.mechanism;
}

void Connection::log_error(std::string_view what, const amqp::ErrorView* error) const {
    if (error == nullptr) {
        WEFT_LOG(Module::server, Level::debug, tag() + " " + std::string(what));
        return;
    }
    WEFT_LOG(Module::server, Level::info,
             tag() + " " + std::string(what) + ": " + std::string(error->condition) + " " +
                 std::string(error->description));
}

bool Connection::may_log(Module module, Level level) {
    if (!io::log().enabled(module, level)) {
        return false;
    }
    if (!lines_.take(transport_.loop().now())) {
        io::log().count_dropped(module);
        return false;
    }
    if (const std::uint64_t left_out = lines_.take_left_out(); left_out > 0) {
        WEFT_LOG(
            Module::server, Level::info,
            tag() + " " + std::to_string(left_out) + " lines left out: the peer causes too many");
    }
    return true;
}

void Connection::trace(bool on) {
    trace_ = on ? std::make_unique<ConnectionTrace>(id_, engine_, Tracing::always) : nullptr;
}

std::string Connection::host() const {
    const auto connector = connector_.lock();
    return connector ? io::to_string(connector->target()) : peer();
}

void Connection::close() {
    engine_.close(std::nullopt);
    wake();
}

void Connection::close(std::string_view condition, std::string_view description) {
    engine_.close(amqp::ErrorView{condition, description, {}});
    wake();
}

// --- who dialled --------------------------------------------------------------------------------

void Connection::dialled_by(std::weak_ptr<io::Connector> connector) {
    connector_ = std::move(connector);
}

/// As Qpid Dispatch words it: scripts look for its parts.
std::string Connection::opened_message(const io::HostPort& to) const {
    const std::string mechanism = sasl_mechanism();
    return tag() + " Connection Opened: dir=out host=" + io::to_string(to) +
           " vhost= encrypted=" + (security().is_encrypted() ? "yes" : "no") +
           " auth=" + (mechanism.empty() ? "no" : mechanism) + " user=" + identity_.user +
           " container_id=" + engine_.remote_container();
}

void Connection::succeeded() {
    if (const auto connector = connector_.lock()) {
        connector->succeeded(opened_message(connector->target()));
    }
}

void Connection::refused(std::string_view why) {
    if (const auto connector = connector_.lock()) {
        connector->refused(std::string(why));
    }
}

// --- transport ----------------------------------------------------------------------------------

void Connection::on_bytes(Bytes in, Instant now) {
    if (life_ >= Life::going) {
        return;  // C4
    }
    woken_ = true;  // the transport comes for the output by itself
    if (trace_) {
        trace_->received(in);
    }
    engine_.receive(in, now);
}

void Connection::trace_output() {
    trace_->sent(engine_.output());
    if (!trace_->is_on()) {
        trace_.reset();
    }
}

void Connection::on_tick(Instant now) {
    woken_ = true;
    engine_.tick(now);
}

void Connection::on_lost(std::string_view why) {
    if (life_ == Life::going) {
        throw std::logic_error{"not all parts of the daemon know that a connection is gone"};  // C4
    }
    depart(kConnectionForced, why);
}

void Connection::depart(std::string_view condition, std::string_view why) {
    if (life_ >= Life::going) {  // C4
        return;
    }
    life_ = Life::going;
    exchange_.reset();
    resume_.cancel();
    on_cut(why);
    const amqp::ErrorView error{condition, why, {}};
    engine_.abandon(&error);
    WEFT_LOG(Module::server, Level::info, tag() + " gone: " + std::string(why));
    on_gone(why);
    if (departure_ && departure_->gone) {
        departure_->gone();
    }
    life_ = Life::gone;
}

Connection::Departure& Connection::departure() {
    if (!departure_) {
        departure_ = std::make_unique<Departure>();
    }
    return *departure_;
}

void Connection::when_gone(std::function<void()> gone) {
    departure().gone = std::move(gone);
}

void Connection::expel(std::string_view condition, std::string_view description) {
    close(condition, description);
    std::shared_ptr<Connection*>& expelled = departure().expelled;
    expelled = std::make_shared<Connection*>(this);
    transport_.loop().post([self = std::weak_ptr{expelled}, why = std::string{description},
                            error = std::string{condition}] {
        if (const auto connection = self.lock()) {
            io::guard((*connection)->transport_, [&] { (*connection)->depart(error, why); });
        }
    });
}

bool Connection::on_revoked(std::string_view why) {
    expel(kUnauthorizedAccess, why);
    return true;
}

void Connection::orphan(std::string_view why) {
    if (departure_) {
        departure_->gone = nullptr;
    }
    transport_.abort(why);  // it calls nothing but on_lost any more
    on_lost(why);
}

// --- who the peer is ----------------------------------------------------------------------------

void Connection::on_sasl_init(amqp::Engine& engine, std::string_view mechanism, Bytes response) {
    const std::string from = peer();
    exchange_ = profile_->authenticator->begin(
        mechanism, {.protection = security(),
                    .host = std::string_view{from}.substr(0, from.rfind(':')),
                    .run_there = [loop = &transport_.loop()](std::function<void()> function) {
                        loop->post(std::move(function));
                    }});
    on_sasl_response(engine, response);
}

void Connection::on_sasl_response(amqp::Engine&, Bytes response) {
    asked_ = Asked::within;
    exchange_->respond(response,
                       [this](security::Answer answer) { authenticated(std::move(answer)); });
    if (asked_ == Asked::within) {
        asked_ = Asked::before;
    }
}

void Connection::authenticated(security::Answer answer) {
    WEFT_CHECK(asked_ != Asked::no);  // C3
    const bool later = std::exchange(asked_, Asked::no) == Asked::before;
    constexpr std::uint8_t kOk = 0;
    std::visit(Overloaded{[this](security::Challenge& more) { engine_.sasl_word(more.data); },
                          [this](security::Acceptance& accepted) {
                              identity_ = std::move(accepted.identity);
                              engine_.sasl_outcome(kOk, accepted.data);
                          },
                          [this](security::Refusal refusal) {
                              log_error("was not authenticated", nullptr);
                              engine_.sasl_outcome(code_of(refusal), {});
                          }},
               answer);
    if (later) {
        wake();
        resume_ = transport_.loop().after(Duration::zero(), [this] {  // C3
            io::guard(transport_, [this] { take_held(); });
        });
    }
}

/// What came from the peer while the authenticator was asked.
void Connection::take_held() {
    engine_.receive({}, transport_.loop().now());
    wake();
}

// --- engine -------------------------------------------------------------------------------------

void Connection::on_open(const amqp::Open& open) {
    life_ = Life::opened;
    if (profile_->authenticator && !exchange_) {
        const auto identity = profile_->authenticator->unauthenticated();
        WEFT_CHECK(identity);  // C2: the engine takes no bare header then
        identity_ = *identity;
    }
    exchange_.reset();
    if (engine_.lateness_max() < io::Loop::kSweepPeriod) {
        transport_.tick_exactly();
    }
    properties_.assign(open.properties.begin(), open.properties.end());
    if (const auto connector = connector_.lock()) {
        if (const auto others = failovers_in(open.properties)) {
            connector->set_failovers(*others);
        }
    }
    on_opened(open);
}

void Connection::log_opened(io::Level level) const {
    WEFT_LOG(Module::server, level, tag() + " opened by container " + engine_.remote_container());
}

void Connection::on_close(bool by_peer, const amqp::ErrorView* error) {
    log_error(by_peer ? "closed by the peer" : "closed", error);
    if (error != nullptr) {
        refused(std::string(error->condition) + " " + std::string(error->description));
    }
    on_closed(by_peer, error);
}

void Connection::on_end(amqp::Session&, const amqp::ErrorView* error) {
    const bool is_news =
        error != nullptr && engine_.is_open();  // else the connection's end tells it
    if (is_news && may_log(Module::server, Level::info)) {
        log_error("session ended", error);
    }
}

// --- what the derived class may leave -----------------------------------------------------------

void Connection::on_opened(const amqp::Open&) {
    log_opened(Level::debug);
    succeeded();
}
void Connection::on_closed(bool, const amqp::ErrorView*) {}
void Connection::on_cut(std::string_view) {}
void Connection::on_gone(std::string_view) {}

}  // namespace weft::endpoint
