#include "common/amqp/handler.hpp"

#include "common/amqp/engine.hpp"
#include "common/amqp/sasl.hpp"
#include "common/base/conditions.hpp"

namespace weft::amqp {

void Handler::on_sasl_init(Engine& engine, std::string_view, Bytes) {
    engine.sasl_outcome(kSaslAuth, {});
}

void Handler::on_sasl_response(Engine& engine, Bytes) {
    engine.sasl_outcome(kSaslAuth, {});
}

void Handler::on_attach(Link& link, const Attach&) {
    if (link.awaits_answer()) {
        link.refuse({kNotAllowed, "no links are taken here", {}});
    }
}

}  // namespace weft::amqp
