#pragma once

#include "router/linkroute/pair_end.hpp"
#include "router/node/memory_shares.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace weft::node {

/// What one end of a pair says to the other on another loop, or the question that comes before.
struct PairWord {
    enum class Kind : std::uint8_t {
        ask,          // bytes: the asker's container id, `number` of them, then an attach
        plain,        // the link is not routed
        taken,        // it is: its partner is on home, or is heard there; bytes: the broker's id
        refused,      // it is, and nobody takes it; bytes: a detach
        coordinates,  // it asks for the session's coordinator, which the asker's router is itself
        attached,     // bytes: an attach
        transfer,     // bytes: a transfer, `number` of them, then payload
        flow,         // bytes: a flow
        update,       // bytes: a state; `number` is the delivery
        passed_on,
        heard,     // of the words that count
        detached,  // bytes: a detach
        lost,
        // From home to the loop of a connection that made link routes for itself, and back.
        made,      // it has some: home is to hear when it is gone
        gone,      // it is
        offer,     // its peer is asked for a link; bytes: as FarOffer
        withdraw,  // that is not answered in time
        steal,     // it is attached at another place now
        over,      // what was offered is gone; `closed`: it could not be asked for
    };

    Kind kind = Kind::ask;
    bool settled = false;    // update; ask: as LinkRouter::Ask::transacts
    bool batchable = false;  // update
    bool closed = false;     // ask: as LinkRouter::Ask::is_late
    std::uint16_t session = 0;
    std::uint32_t number = 0;
    std::uint64_t pair = 0;   // its id, of the end that asked
    std::uint64_t value = 0;  // ask: the asker's connection; passed_on, heard: bytes of memory;
                              // made, gone, offer: the connection
    std::size_t size = 0;     // of its bytes
};

/// Words in order, their bytes one after the other behind them. Threading: not shared (a value that
/// is moved from loop to loop).
struct PairWords {
    std::vector<PairWord> words;
    Buffer bytes;

    bool empty() const { return words.empty(); }
    /// `write(out)` appends the word's bytes.
    template <class Write>
    PairWord& add(PairWord word, Write write) {
        const std::size_t before = bytes.size();
        write(bytes);
        word.size = bytes.size() - before;
        return words.emplace_back(word);
    }
    PairWord& add(PairWord word) { return words.emplace_back(word); }
};

/// A partner on another loop: what it is told becomes words. Flows, and updates that settle
/// nothing, count until they are heard: nothing else bounds how many a peer says.
/// Threading: loop-confined (that of whoever speaks).
class DistantPartner final : public linkroute::Partner {
public:
    /// `out` is where words to its loop are collected, `memory` what those take that count, at the
    /// expense of `who`. Both outlive it.
    DistantPartner(std::uint64_t pair, PairWords& out, MemoryShares& memory, std::uint64_t who)
        : pair_{pair}, out_{out}, memory_{memory}, who_{who} {}
    ~DistantPartner() { memory_.give_back(who_, on_the_way_); }
    DistantPartner(const DistantPartner&) = delete;
    DistantPartner& operator=(const DistantPartner&) = delete;

    void attached(const amqp::Attach& attach) override;
    std::size_t transferred(const amqp::Transfer& transfer, Bytes payload) override;
    bool flowed(const amqp::Flow& flow) override;
    bool updated(const amqp::DeliveryUpdate& update) override;
    void passed_on(std::size_t bytes) override;
    void detached(bool closed, const amqp::ErrorView* error) override;
    void lost(bool closed) override;

    /// Words of the partner's that count were heard here.
    void hear(std::size_t bytes);
    /// Words that count were heard there.
    void heard(std::size_t bytes);

private:
    bool count(const PairWord& word);
    void add(PairWord::Kind kind, std::size_t bytes);

    std::uint64_t pair_;
    PairWords& out_;
    MemoryShares& memory_;
    std::uint64_t who_;
    std::size_t on_the_way_ = 0;  // bytes of words that count
};

/// Says to `end` what a distant partner was told; `bytes` are the word's, `sender` stands for who
/// said so.
void say(const PairWord& word, Bytes bytes, linkroute::PairEnd& end, DistantPartner& sender);

/// The attach that `write` made of one, or what a distant partner was told.
void write(Buffer& out, const amqp::Attach& attach);
amqp::Attach read_attach_word(Bytes bytes);
void write(Buffer& out, bool closed, const amqp::ErrorView* error);
amqp::Detach read_detach_word(Bytes bytes);

}  // namespace weft::node
