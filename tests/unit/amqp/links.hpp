#pragma once

#include "tests/unit/amqp/recorder.hpp"

namespace weft::amqp::test {

/// Two links to tell apart, for what keeps deliveries by link: nothing else of them is looked at.
struct Links : Fixture {
    Links() : Fixture{server_options()} {
        begin_session();
        a = &incoming_link(0, "a");
        b = handler.sessions.front()->attach({.name = "b"});
    }
    Link* a = nullptr;
    Link* b = nullptr;
};

}  // namespace weft::amqp::test
