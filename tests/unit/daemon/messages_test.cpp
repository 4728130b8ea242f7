#include "common/daemon/messages.hpp"

#include "tests/unit/amqp/frames.hpp"
#include "tests/unit/amqp/recorder.hpp"

using namespace weft;
using namespace weft::daemon;
using amqp::test::Lines;

TEST_SUITE("messages") {
    TEST_CASE("an inbox puts the frames of a message together") {
        Inbox inbox;
        CHECK_FALSE(inbox.add({.first = true, .more = true, .payload = as_bytes("ab")}));
        CHECK(inbox.add({.first = false, .payload = as_bytes("c")}));
        CHECK_FALSE(inbox.is_too_large());
        CHECK(as_text(inbox.take()) == "abc");
        CHECK(inbox.add({.payload = as_bytes("next")}));
        CHECK(as_text(inbox.take()) == "next");
    }

    TEST_CASE("a message that was aborted is none, and the next one is whole") {
        Inbox inbox;
        CHECK_FALSE(inbox.add({.more = true, .payload = as_bytes("ab")}));
        CHECK_FALSE(inbox.add({.first = false, .aborted = true}));
        CHECK(inbox.add({.payload = as_bytes("c")}));
        CHECK(as_text(inbox.take()) == "c");
    }

    TEST_CASE("a message that is too large is told as such, and the next one is not") {
        Inbox inbox{3};
        CHECK_FALSE(inbox.add({.more = true, .payload = as_bytes("abc")}));
        CHECK(inbox.add({.first = false, .payload = as_bytes("d")}));
        CHECK(inbox.is_too_large());
        CHECK(inbox.take().empty());
        CHECK(inbox.add({.payload = as_bytes("abc")}));
        CHECK_FALSE(inbox.is_too_large());
        CHECK(as_text(inbox.take()) == "abc");
    }

    TEST_CASE("an outbox sends in order as credit comes") {
        amqp::test::Fixture f{amqp::test::server_options()};
        f.begin_session();
        Outbox outbox{f.outgoing_link(1)};
        outbox.push({'a'});
        outbox.push({'b'});
        CHECK(outbox.waiting() == 1);
        CHECK(f.output() == Lines{"transfer 0 id 0 settled 'a'"});
        outbox.send();
        CHECK(f.output().empty());
        CHECK(outbox.waiting() == 1);
    }
}
