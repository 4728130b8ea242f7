#include "common/daemon/management_links.hpp"

#include "common/base/conditions.hpp"
#include "common/wire/delivery_state.hpp"
#include "common/wire/message.hpp"
#include "tests/unit/amqp/recorder.hpp"

using namespace weft;
using namespace weft::daemon;
using amqp::test::Recorder;

namespace {

/// A server whose links are all ManagementLinks', and a client; both in memory.
struct Asking {
    BlockPool pool;
    Recorder server;
    Recorder client;
    amqp::Engine server_engine{
        std::make_shared<const amqp::Options>(amqp::Options{.container_id = "S"}), server, pool};
    amqp::Engine client_engine{
        std::make_shared<const amqp::Options>(amqp::Options{.server = false, .container_id = "C"}),
        client, pool};
    mgmt::Agent agent{mgmt::Catalogue{}};
    ManagementLinks links{agent};
    bool refused = false;
    amqp::Session* session = nullptr;
    std::string reply_address;
    std::vector<Buffer> replies;
    std::vector<wire::Outcome> outcomes;

    Asking() {
        server.engine = &server_engine;
        client.engine = &client_engine;
        server.attached = [this](amqp::Link& link, const amqp::Attach& attach) {
            refused = !links.attach(link, attach);
            if (refused) {
                link.refuse({kNotFound, "no", {}});
            }
        };
        server.transferred = [this](amqp::Link& link, const amqp::IncomingTransfer& transfer,
                                    amqp::Context&) { links.on_transfer(link, transfer); };
        server.credited = [this](amqp::Link& link) { links.on_credit(link); };
        server.detached = [this](amqp::Link& link) { links.on_detach(link); };
        server.writable = [this] { links.on_writable(); };
        client.attached = [this](amqp::Link& link, const amqp::Attach& attach) {
            if (link.is_receiver() && attach.source) {
                reply_address = attach.source->address.value_or("");
            }
        };
        client.transferred = [this](amqp::Link&, const amqp::IncomingTransfer& transfer,
                                    amqp::Context&) {
            if (transfer.first) {
                replies.emplace_back();
            }
            append(replies.back(), transfer.payload);
        };
        client.updated = [this](amqp::Link&, const amqp::DeliveryUpdate& update, amqp::Context) {
            outcomes.push_back(wire::outcome_of(update.state));
        };
        server_engine.start({});
        client_engine.start({});
        session = client_engine.begin();
        settle();
    }

    /// Carries bytes until both are quiet.
    void settle() {
        for (bool moved = true; moved;) {
            moved = carry(client_engine, server_engine) || carry(server_engine, client_engine);
        }
    }
    static bool carry(amqp::Engine& from, amqp::Engine& to) {
        from.flush();
        const Bytes pending = from.output().pending();
        const Buffer bytes{pending.begin(), pending.end()};
        from.output().consume(bytes.size());
        from.output_drained();
        to.receive(bytes, {});
        return !bytes.empty();
    }

    amqp::Link& attach(const char* name, bool receiver, std::string_view address, bool dynamic) {
        using Kind = amqp::Terminus::Kind;
        amqp::Terminus theirs{.kind = receiver ? Kind::source : Kind::target, .dynamic = dynamic};
        if (!dynamic) {
            theirs.address = address;
        }
        amqp::Attach attach{.name = name, .receiver = receiver};
        (receiver ? attach.source : attach.target) = theirs;
        (receiver ? attach.target : attach.source) =
            amqp::Terminus{.kind = receiver ? Kind::target : Kind::source};
        amqp::Link* link = session->attach(attach);
        REQUIRE(link != nullptr);
        settle();
        return *link;
    }
    void ask(amqp::Link& requests, const std::string& reply_to, const std::string& operation) {
        wire::Message message;
        message.reply_to = reply_to;
        message.application_properties = {{"operation", operation}};
        Buffer bytes;
        wire::encode_message(bytes, message);
        requests.send({}, bytes, /*more=*/false);
        settle();
    }
};

}  // namespace

TEST_SUITE_BEGIN("management links");

TEST_CASE_FIXTURE(Asking, "a request is answered on the link that its reply-to names") {
    amqp::Link& replies_link = attach("r", /*receiver=*/true, "", /*dynamic=*/true);
    CHECK(reply_address == "$replies/1");
    amqp::Link& requests = attach("q", /*receiver=*/false, "$management", /*dynamic=*/false);
    CHECK(requests.credit() == ManagementLinks::kRequestsMax);
    replies_link.grant(10);
    settle();
    ask(requests, reply_address, "GET-TYPES");
    REQUIRE(replies.size() == 1);
    const auto reply = wire::decode_message(replies[0]);
    REQUIRE(reply);
    CHECK(*wire::find(reply->application_properties, "statusCode") ==
          wire::Value{std::int32_t{200}});
    CHECK(outcomes == std::vector<wire::Outcome>{wire::Outcome::accepted});
    CHECK(requests.credit() > 0);
}

TEST_CASE_FIXTURE(Asking, "replies wait for credit, and when too many do requests are rejected") {
    amqp::Link& replies_link = attach("r", /*receiver=*/true, "$replies/mine", /*dynamic=*/false);
    amqp::Link& requests = attach("q", /*receiver=*/false, "$management", /*dynamic=*/false);
    for (std::size_t i = 0; i <= ManagementLinks::kRepliesWaitingMax; ++i) {
        ask(requests, "$replies/mine", "GET-TYPES");
    }
    CHECK(replies.empty());
    CHECK(outcomes.front() == wire::Outcome::accepted);
    CHECK(outcomes.back() == wire::Outcome::rejected);
    replies_link.grant(1000);
    settle();
    CHECK(replies.size() == ManagementLinks::kRepliesWaitingMax);
}

TEST_CASE_FIXTURE(Asking, "a request whose reply-to is no link of the connection is rejected") {
    amqp::Link& requests = attach("q", /*receiver=*/false, "$management", /*dynamic=*/false);
    ask(requests, "elsewhere", "GET-TYPES");
    CHECK(outcomes == std::vector<wire::Outcome>{wire::Outcome::rejected});
}

TEST_CASE_FIXTURE(
    Asking, "links to other addresses are not for it, and those that are gone are forgotten") {
    attach("x", /*receiver=*/false, "orders", /*dynamic=*/false);
    CHECK(refused);
    attach("y", /*receiver=*/true, "orders", /*dynamic=*/false);
    CHECK(refused);
    amqp::Link& requests = attach("q", /*receiver=*/false, "$management", /*dynamic=*/false);
    CHECK_FALSE(refused);
    const amqp::Link* ours = server.links.back();
    CHECK(links.owns(*ours));
    requests.detach(/*closed=*/true, std::nullopt);
    settle();
    CHECK_FALSE(links.owns(*ours));
}

TEST_CASE_FIXTURE(Asking, "a request that is too large is rejected") {
    amqp::Link& requests = attach("q", /*receiver=*/false, "$management", /*dynamic=*/false);
    const Buffer bytes(ManagementLinks::kRequestMax + 1, 0);
    Bytes rest = bytes;
    bool more = true;
    while (more) {
        const auto sent = requests.send({}, rest, /*more=*/false);
        rest = rest.subspan(sent.taken);
        more = !sent.complete;
        settle();
    }
    CHECK(outcomes == std::vector<wire::Outcome>{wire::Outcome::rejected});
}

TEST_SUITE_END();
