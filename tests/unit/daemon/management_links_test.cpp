#include "common/daemon/management_links.hpp"

#include "common/base/conditions.hpp"
#include "common/wire/delivery_state.hpp"
#include "common/wire/message.hpp"
#include "tests/unit/amqp/recorder.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <vector>

using namespace weft;
using namespace weft::daemon;
using amqp::test::Recorder;

namespace {

/// Answers when it is told to, at once before it is `slow`.
class SlowElsewhere final : public mgmt::Elsewhere {
public:
    bool serve(std::function<void()> attempt, std::function<void()> done) override {
        if (!slow) {
            attempt();
            done();
        } else if (waiting.size() == 2) {
            return false;
        } else {
            waiting.push_back([attempt, done] {
                attempt();
                done();
            });
        }
        return true;
    }
    bool lacks() const override { return false; }
    std::string missing() const override { return {}; }

    bool slow = false;
    std::vector<std::function<void()>> waiting;
};

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
    SlowElsewhere elsewhere;
    int woken = 0;
    std::optional<ManagementLinks> made{std::in_place, agent,
                                        ManagementOwner{.wake = [this] { ++woken; }}};
    ManagementLinks& links = *made;
    bool refused = false;
    amqp::Session* session = nullptr;
    std::string reply_address;
    std::vector<Buffer> replies;
    std::vector<wire::Outcome> outcomes;

    Asking() {
        agent.depend_on(elsewhere);
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
    /// A request whose id, which comes back in the reply, has so many bytes.
    static Buffer request(const std::string& reply_to,
                          const std::string& operation,
                          std::size_t id_bytes = 1) {
        wire::Message message;
        message.message_id = wire::Value{std::string(id_bytes, 'x')};
        message.reply_to = reply_to;
        message.application_properties = {{"operation", operation}};
        Buffer bytes;
        wire::encode_message(bytes, message);
        return bytes;
    }
    /// However often the window has to be given anew.
    void send(amqp::Link& requests, Bytes rest, bool more = false) {
        for (bool left = true; left;) {
            const auto sent = requests.send({}, rest, more);
            rest = rest.subspan(sent.taken);
            left = more ? !rest.empty() : !sent.complete;
            settle();
        }
    }
    void ask(amqp::Link& requests, const std::string& reply_to, const std::string& operation) {
        send(requests, request(reply_to, operation));
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

TEST_CASE_FIXTURE(Asking, "what can't be answered at once is answered later") {
    attach("r", /*receiver=*/true, "$replies/mine", /*dynamic=*/false).grant(10);
    amqp::Link& requests = attach("q", /*receiver=*/false, "$management", /*dynamic=*/false);
    elsewhere.slow = true;
    ask(requests, "$replies/mine", "GET-TYPES");
    CHECK(outcomes.empty());
    CHECK(replies.empty());
    woken = 0;
    elsewhere.waiting.front()();
    CHECK(woken == 1);
    settle();
    CHECK(outcomes == std::vector<wire::Outcome>{wire::Outcome::accepted});
    CHECK(replies.size() == 1);
}

TEST_CASE_FIXTURE(Asking, "where too many requests wait, further ones are rejected") {
    attach("r", /*receiver=*/true, "$replies/mine", /*dynamic=*/false).grant(10);
    amqp::Link& requests = attach("q", /*receiver=*/false, "$management", /*dynamic=*/false);
    elsewhere.slow = true;
    for (int i = 0; i < 3; ++i) {
        ask(requests, "$replies/mine", "GET-TYPES");
    }
    CHECK(outcomes == std::vector<wire::Outcome>{wire::Outcome::rejected});
}

TEST_CASE_FIXTURE(Asking, "an answer that comes when its link is gone, or all are, is dropped") {
    attach("r", /*receiver=*/true, "$replies/mine", /*dynamic=*/false).grant(10);
    amqp::Link& requests = attach("q", /*receiver=*/false, "$management", /*dynamic=*/false);
    elsewhere.slow = true;
    ask(requests, "$replies/mine", "GET-TYPES");
    ask(requests, "$replies/mine", "GET-TYPES");
    requests.detach(/*closed=*/true, std::nullopt);
    settle();
    elsewhere.waiting.front()();
    CHECK(replies.empty());
    made.reset();
    elsewhere.waiting.back()();
}

TEST_CASE_FIXTURE(Asking, "a request that is too large is rejected") {
    amqp::Link& requests = attach("q", /*receiver=*/false, "$management", /*dynamic=*/false);
    send(requests, Buffer(ManagementLinks::kRequestMax + 1, 0));
    CHECK(outcomes == std::vector<wire::Outcome>{wire::Outcome::rejected});
}

TEST_CASE_FIXTURE(Asking, "what has begun and not ended has a limit for all links together") {
    const Buffer bytes = request("$replies/mine", "GET-TYPES", ManagementLinks::kRequestMax - 1000);
    constexpr std::size_t kFit = ManagementLinks::kUnfinishedMax / ManagementLinks::kRequestMax;
    attach("r", /*receiver=*/true, "$replies/mine", /*dynamic=*/false).grant(100);
    std::vector<amqp::Link*> begun;
    const Bytes all{bytes};
    for (std::size_t i = 0; i <= kFit; ++i) {
        const std::string name = "q" + std::to_string(i);
        begun.push_back(
            &attach(name.c_str(), /*receiver=*/false, "$management", /*dynamic=*/false));
        send(*begun.back(), all.first(all.size() - 1), /*more=*/true);
    }
    send(*begun.back(), all.last(1));
    CHECK(outcomes == std::vector<wire::Outcome>{wire::Outcome::rejected});
    begun.front()->detach(/*closed=*/true, std::nullopt);  // leaves its room
    settle();
    send(*begun.back(), all);
    for (std::size_t i = 1; i < kFit; ++i) {
        send(*begun[i], all.last(1));
    }
    CHECK(outcomes.size() == 1 + kFit);
    CHECK(std::ranges::count(outcomes, wire::Outcome::accepted) == kFit);
    CHECK(replies.size() == kFit);
}

TEST_CASE_FIXTURE(Asking, "replies that wait have a limit of bytes for all links together") {
    constexpr std::size_t kIdBytes = 500'000;
    constexpr std::size_t kFit = ManagementLinks::kReplyBytesWaitingMax / kIdBytes + 1;
    amqp::Link& requests = attach("q", /*receiver=*/false, "$management", /*dynamic=*/false);
    for (std::size_t i = 0; i <= kFit; ++i) {
        const std::string address = "$replies/" + std::to_string(i);
        attach(address.c_str(), /*receiver=*/true, address, /*dynamic=*/false);
        send(requests, request(address, "GET-TYPES", kIdBytes));
    }
    CHECK(std::ranges::count(outcomes, wire::Outcome::accepted) == kFit);
    CHECK(outcomes.back() == wire::Outcome::rejected);
}

TEST_CASE_FIXTURE(Asking, "a connection has only so many links to management") {
    for (std::size_t i = 0; i < ManagementLinks::kLinksMax; ++i) {
        const std::string name = "$replies/" + std::to_string(i);
        attach(name.c_str(), /*receiver=*/true, name, /*dynamic=*/false);
        CHECK(links.owns(*server.links.back()));
    }
    attach("q", /*receiver=*/false, "$management", /*dynamic=*/false);
    CHECK_FALSE(refused);  // it is for management, which has refused it
    CHECK_FALSE(links.owns(*server.links.back()));
}

TEST_SUITE_END();
