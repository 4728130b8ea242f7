#include "broker/topic/request.hpp"

#include "common/amqp/capabilities.hpp"
#include "common/amqp/options.hpp"
#include "common/amqp/terminus.hpp"

#include <doctest/doctest.h>

#include <initializer_list>
#include <optional>
#include <string>

namespace weft::topic {
namespace {

/// A receiver's attach, as clients write it.
struct Receiver {
    explicit Receiver(std::string_view name,
                      std::initializer_list<std::string_view> its_capabilities = {"topic"})
        : capabilities{amqp::capabilities(its_capabilities)} {
        attach.name = name;
        attach.receiver = true;
        attach.source.emplace();
        attach.source->address = "prices";
        attach.source->expiry_policy = "link-detach";
        attach.source->capabilities = capabilities;
    }
    /// As Qpid JMS says it.
    Receiver& durable() {
        attach.source->durable = 2;
        attach.source->expiry_policy = "never";
        return *this;
    }
    Request read() const { return read_request(attach, "client").value(); }
    std::string error() const { return read_request(attach, "client").error().text; }

    Buffer capabilities;
    amqp::Attach attach;
};

Owner of_client(std::string name) {
    return {.global = false, .container = "client", .name = std::move(name)};
}
Owner of_all(std::string name) {
    return {.global = true, .container = "", .name = std::move(name)};
}

}  // namespace

TEST_SUITE_BEGIN("topic requests");

TEST_CASE("what Qpid JMS attaches is read as what JMS calls it") {
    struct Case {
        const char* link;
        std::initializer_list<std::string_view> capabilities;
        bool durable;
        Kind kind;
        Owner owner;
    };
    for (const Case& each : std::initializer_list<Case>{
             {"qpid-jms:receiver:ID:1:prices", {"topic"}, false, Kind::passing, {}},
             {"audit", {"topic"}, true, Kind::durable, of_client("audit")},
             {"a|b", {"topic"}, true, Kind::durable, of_client("a|b")},
             {"audit|volatile1", {"topic", "shared"}, false, Kind::shared, of_client("audit")},
             {"audit", {"topic", "shared"}, true, Kind::shared_durable, of_client("audit")},
             {"audit|2", {"topic", "shared"}, true, Kind::shared_durable, of_client("audit")},
             {"audit|global-volatile1",
              {"topic", "shared", "global"},
              false,
              Kind::shared,
              of_all("audit")},
             {"audit|global2",
              {"topic", "shared", "global"},
              true,
              Kind::shared_durable,
              of_all("audit")},
         }) {
        CAPTURE(each.link);
        Receiver receiver{each.link, each.capabilities};
        if (each.durable) {
            receiver.durable();
        }
        const Request request = receiver.read();
        CHECK_FALSE(request.resumes);
        CHECK(request.kind == each.kind);
        CHECK(request.owner == each.owner);
        CHECK(request.interest.filter == read_filter("prices").value());
    }
}

TEST_CASE("what outlives its links is durable, however that is said") {
    struct Case {
        std::uint32_t durable;
        const char* policy;
        std::uint32_t timeout;
        Kind kind;
        Expiry expiry;
    };
    for (const Case& each : std::initializer_list<Case>{
             {0, "", 0, Kind::passing, 0},
             {0, "session-end", 0, Kind::passing, 0},
             {2, "link-detach", 0, Kind::passing, 0},
             {1, "", 0, Kind::durable, std::nullopt},
             {2, "never", 5, Kind::durable, std::nullopt},
             {0, "never", 0, Kind::durable, std::nullopt},
             {2, "link-detach", 60, Kind::durable, 60},
             {0, "connection-close", 60, Kind::durable, 60},
         }) {
        Receiver receiver{"audit"};
        receiver.attach.source->durable = each.durable;
        receiver.attach.source->expiry_policy = each.policy;
        receiver.attach.source->timeout_seconds = each.timeout;
        CAPTURE(each.durable);
        CAPTURE(each.policy);
        CHECK(receiver.read().kind == each.kind);
        CHECK(receiver.read().expiry == each.expiry);
    }
}

TEST_CASE("an attach without a source resumes what there is") {
    Receiver receiver{"audit|global"};
    receiver.attach.source.reset();
    CHECK(receiver.read().resumes);
    CHECK(receiver.read().owner == of_client("audit|global"));
    const Buffer desired = amqp::capabilities({kSharedCapability, kGlobalCapability});
    receiver.attach.desired_capabilities = desired;
    CHECK(receiver.read().owner == of_all("audit"));
}

TEST_CASE("what can't be is refused with the remedy") {
    CHECK(Receiver("a", {"topic", "global"}).error() ==
          "only a subscription that is shared can be global; ask for the capability shared, too");
    Receiver policy{"a"};
    policy.attach.source->expiry_policy = "sometimes";
    CHECK(policy.error() ==
          "there is no expiry-policy sometimes; it is never, link-detach, session-end or "
          "connection-close");
    CHECK(Receiver("|2", {"shared"}).durable().error() ==
          "a subscription's name, which is that of its link up to '|', has 1 to 512 bytes");
    CHECK_FALSE(Receiver(std::string(kOwnerBytesMax + 1, 'a')).durable().error().empty());
    CHECK_FALSE(read_request(Receiver("a").durable().attach, ""));
    CHECK(
        read_request(Receiver("a").durable().attach, std::string(amqp::kContainerIdMax - 1, 'c')));
    CHECK_FALSE(
        read_request(Receiver("a").durable().attach, std::string(amqp::kContainerIdMax, 'c')));
    CHECK(read_request(Receiver("a|global", {"shared", "global"}).durable().attach, ""));
    Receiver filter{"a"};
    filter.attach.source->address = "a/#/b";
    CHECK_FALSE(filter.error().empty());
}

TEST_CASE("the answer states what the subscription is") {
    Receiver receiver{"audit|2", {"topic", "shared"}};
    const Request request = receiver.durable().read();
    Subscription subscription{
        .kind = request.kind, .owner = request.owner, .interest = request.interest};
    Buffer capabilities;
    amqp::Terminus source = stated_source(subscription, capabilities);
    CHECK(source.address == "prices");
    CHECK(source.durable == 2);
    CHECK(source.expiry_policy == "never");
    CHECK(amqp::has_capability(source.capabilities, "shared"));
    CHECK_FALSE(amqp::has_capability(source.capabilities, "global"));

    subscription.expiry = 60;
    source = stated_source(subscription, capabilities);
    CHECK(source.expiry_policy == "link-detach");
    CHECK(source.timeout_seconds == 60);

    subscription.kind = Kind::passing;
    source = stated_source(subscription, capabilities);
    CHECK(source.durable == 0);
    CHECK(source.timeout_seconds == 0);
    CHECK_FALSE(amqp::has_capability(source.capabilities, "shared"));
    CHECK(amqp::has_capability(source.capabilities, "topic"));
}

TEST_SUITE_END();

}  // namespace weft::topic
