#include "router/node/linkroute/far_offer.hpp"

#include "common/base/printable.hpp"
#include "common/io/log.hpp"
#include "common/wire/reader.hpp"
#include "common/wire/writer.hpp"
#include "router/config/log_modules.hpp"

namespace weft::node {

void log_stolen(const RoutedEnd& end) {
    const amqp::Link* const link = end.link();
    WEFT_LOG(router_config::LogModule::router_core, io::Level::info,
             "[L" + std::to_string(end.facts().id) + "] is attached again: " +
                 printable(link != nullptr ? link->name() : end.facts().address));
}

Error no_route() {
    return {kNoRoute, "No route to the destination node"};
}

Error not_offered(const RoutedFacts& facts) {
    if (facts.survives) {
        return {kResourceLocked,
                "the container has a link of this name still, or takes no further one: try it "
                "again"};
    }
    return {kResourceLimitExceeded,
            "the connection to the container takes no such link, or this one has its share of it"};
}

void write(PairWords& out, const FarOffer& offer) {
    out.add({.kind = PairWord::Kind::offer,
             .closed = offer.session.of_router,
             .session = offer.session.channel,
             .pair = offer.facts.id,
             .value = offer.connection},
            [&](Buffer& bytes) {
                wire::Writer writer{bytes};
                writer.ulong(offer.session.connection);
                writer.ulong(offer.facts.peer);
                writer.boolean(offer.facts.survives);
                writer.string(offer.other_name);
                writer.string(offer.facts.address);
                append(bytes, offer.attach);
            });
}

FarOffer read_offer_word(const PairWord& word, Bytes bytes) {
    wire::Reader reader{bytes};  // home wrote it
    FarOffer offer{.connection = word.value};
    offer.session = {.connection = reader.ulong().value_or(0),
                     .channel = word.session,
                     .of_router = word.closed};
    offer.facts.id = word.pair;
    offer.facts.peer = reader.ulong().value_or(0);
    offer.facts.asker = offer.session.connection;
    offer.facts.survives = reader.boolean().value_or(false);
    offer.other_name = reader.string().value_or("");
    offer.facts.address = reader.string().value_or("");
    offer.attach.assign(reader.rest().begin(), reader.rest().end());
    return offer;
}

}  // namespace weft::node
