#pragma once

#include "common/amqp/engine.hpp"
#include "tests/unit/amqp/random.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace weft::amqp::test {

/// What both sides of a simulated connection must agree on.
struct Ledger {
    struct Message {
        Buffer bytes;
        Buffer outcome;  // as the receiver gave it
    };
    std::map<Context, Message> messages;  // by number; the number is the delivery's tag and context
    Context last = 0;
    std::vector<std::string> faults;  // broken invariants

    void fault(std::string what) { faults.push_back(std::move(what)); }
};

/// One end of a connection that does random, legal things, and checks what it hears.
///
/// Invariants: no error is ever reported; bytes arrive as they were sent, in the order of the link;
/// each delivery is settled once on each side; contexts come back as they were given.
class Side : public Handler {
public:
    Side(Options options, Ledger& ledger, Random& random, BlockPool& pool);

    Engine engine;

    /// Does one random thing.
    void act();
    /// Finishes what was begun: the rest of messages, settlement, held bytes. False: nothing to do.
    bool settle_down();
    bool idle() const;
    std::size_t delivered() const { return delivered_; }

    void on_sasl_init(Engine&, std::string_view mechanism, Bytes response) override;
    void on_close(bool by_peer, const ErrorView* error) override;
    void on_begin(Session& session, const Begin& begin) override;
    void on_end(Session& session, const ErrorView* error) override;
    void on_attach(Link& link, const Attach& attach) override;
    void on_detach(Link& link, bool closed, const ErrorView* error) override;
    void on_transfer(Link& link, const IncomingTransfer& transfer, Context& context) override;
    void on_update(Link& link, const DeliveryUpdate& update, Context context) override;
    void on_credit(Link& link) override;

    int closed = 0;

private:
    struct Lane {
        Link* link = nullptr;
        bool ready = false;  // attached by both
        std::map<DeliveryId, Context> unsettled;
        std::optional<Context> current;  // going out or coming in, not complete
        std::size_t prefix = 0;          // bytes of `current` that go ahead, whole
        std::size_t done = 0;            // bytes of `current` that are sent
        Buffer received;                 // of `current`
        Context newest = 0;              // numbers ascend on a link
        bool skip_rest = false;          // settled while it came in
    };

    void act_on(Lane& lane);
    void act_as_sender(Lane& lane);
    void act_as_receiver(Lane& lane);
    void begin_or_attach();
    void send_some(Lane& lane, std::size_t most);
    void settle_one(Lane& lane, bool settled);
    void finish_incoming(Lane& lane);
    void leave(Link& link);
    void check_outcome(Context number, Bytes state);
    Lane& lane_of(Link& link);

    Ledger& ledger_;
    Random& random_;
    std::vector<Session*> sessions_;
    std::map<Link*, Lane> lanes_;
    std::map<Session*, std::ptrdiff_t> held_;
    std::size_t delivered_ = 0;
    std::string prefix_;  // of our links' names
    int names_ = 0;
};

}  // namespace weft::amqp::test
