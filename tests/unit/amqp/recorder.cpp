#include "tests/unit/amqp/recorder.hpp"

#include "common/wire/delivery_state.hpp"
#include "tests/unit/amqp/frames.hpp"

#include <algorithm>

namespace weft::amqp::test {
namespace {

std::string text(const ErrorView* error) {
    return error == nullptr ? "" : " " + std::string(error->condition);
}

std::string name(const Link& link) {
    return std::string(link.name());
}

}  // namespace

void Recorder::on_sasl_init(Engine&, std::string_view mechanism, Bytes response) {
    events.push_back("sasl init " + std::string(mechanism) + " '" + std::string(as_text(response)) +
                     "'");
    sasl_init(mechanism);
}

void Recorder::on_sasl_response(Engine&, Bytes response) {
    events.push_back("sasl response '" + std::string(as_text(response)) + "'");
}

void Recorder::on_open(const Open& open) {
    events.push_back("open " + std::string(open.container_id));
    opened(open);
}

void Recorder::on_close(bool by_peer, const ErrorView* error) {
    events.push_back(std::string("close") + (by_peer ? " by peer" : "") + text(error));
}

void Recorder::on_begin(Session& session, const Begin&) {
    events.push_back("begin");
    if (std::ranges::find(sessions, &session) == sessions.end()) {
        sessions.push_back(&session);
    }
}

void Recorder::on_end(Session& session, const ErrorView* error) {
    events.push_back("end" + text(error));
    std::erase(sessions, &session);
}

void Recorder::on_attach(Link& link, const Attach& attach) {
    events.push_back("attach " + name(link));
    links.push_back(&link);
    attached(link, attach);
}

void Recorder::on_detach(Link& link, bool closed, const ErrorView* error) {
    events.push_back("detach " + name(link) + (closed ? " closed" : "") + text(error));
    std::erase(links, &link);
    detached(link);
}

void Recorder::on_transfer(Link& link, const IncomingTransfer& transfer, Context& context) {
    events.push_back("transfer " + std::to_string(transfer.id) + (transfer.first ? " first" : "") +
                     (transfer.more ? " more" : "") + (transfer.settled ? " settled" : "") +
                     (transfer.aborted ? " aborted" : "") + " '" +
                     std::string(as_text(transfer.payload)) + "'");
    transferred(link, transfer, context);
}

void Recorder::on_update(Link& link, const DeliveryUpdate& update, Context context) {
    const wire::Outcome outcome = wire::outcome_of(update.state);
    events.push_back(
        "update " + std::to_string(update.id) + (update.settled ? " settled" : "") +
        (outcome == wire::Outcome::none ? "" : " " + std::to_string(static_cast<int>(outcome))) +
        " context " + std::to_string(context));
    updated(link, update, context);
}

void Recorder::on_credit(Link& link) {
    events.push_back("credit " + std::to_string(link.credit()) + (link.drain() ? " drain" : ""));
    credited(link);
}

void Recorder::on_drained(Link& link) {
    events.push_back("drained " + name(link));
}

void Recorder::on_writable() {
    events.push_back("writable");
    writable();
}

Options server_options() {
    Options options;
    options.container_id = "me";
    return options;
}

Fixture::Fixture(Options options, Census* census)
    : engine{std::make_shared<const Options>(std::move(options)), handler, pool, census} {
    handler.engine = &engine;
    engine.start(now);
}

Lines Fixture::give(const Buffer& in) {
    engine.receive(in, now);
    return output();
}

Lines Fixture::give(const std::vector<Buffer>& parts) {
    return give(join(parts));
}

Lines Fixture::output() {
    engine.flush();
    Lines result = lines(engine.output().pending());
    engine.output().consume(engine.output().size());
    engine.output_drained();
    return result;
}

void Fixture::begin_session(std::uint32_t peer_window) {
    give({header(0), open(), begin(0, {.incoming_window = peer_window})});
    handler.take();
}

Link& Fixture::incoming_link(std::uint32_t credit, std::string_view name) {
    give(attach(0, {.name = name}));
    Link& link = *handler.links.back();
    link.grant(credit);
    output();
    handler.take();
    return link;
}

Link& Fixture::outgoing_link(std::uint32_t credit, std::string_view name) {
    give({attach(0, {.name = name, .receiver = true}),
          flow(0, {.next_incoming_id = 0,
                   .incoming_window = handler.sessions.back()->remote_window(),
                   .handle = 0,
                   .delivery_count = 0,
                   .link_credit = credit})});
    handler.take();
    return *handler.links.back();
}

}  // namespace weft::amqp::test
