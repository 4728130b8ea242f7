#pragma once

#include "common/amqp/handler.hpp"
#include "common/amqp/link.hpp"
#include "common/base/bytes.hpp"
#include "common/base/time.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace weft::node {

/// Questions of an edge router to the router of the mesh at the other end of its uplink, over a
/// pair of links: one takes them there, one brings the answers to an address made for it.
///
/// Each is answered once: by what comes with its number, or by nothing if that did not come in
/// time, or the links are over. Threading: loop-confined.
class UplinkClient {
public:
    /// Of an answer; what comes beyond that is thrown away.
    static constexpr std::size_t kAnswerMax = std::size_t{64} * 1024;
    static constexpr std::uint32_t kCredit = 100;

    /// Encodes a question that is to be answered to `reply_to`, under `number`.
    using Write = std::function<Buffer(std::string_view reply_to, std::uint64_t number)>;
    /// What came; nothing: no answer.
    using Hear = std::function<void(std::optional<Bytes> message)>;
    /// The number that an answer carries; nothing: none.
    using ReadNumber = std::function<std::optional<std::uint64_t>(Bytes message)>;

    explicit UplinkClient(ReadNumber read_number) : read_number_{std::move(read_number)} {}

    /// The links stand.
    void set_sender(amqp::Link& link) { sender_ = &link; }
    void set_receiver(amqp::Link& link, std::string_view address);
    bool has(const amqp::Link& link) const { return &link == sender_ || &link == receiver_; }
    /// Questions can be asked.
    bool is_ready() const { return sender_ != nullptr && receiver_ != nullptr; }

    void ask(Write write, Hear hear, Instant until);
    /// There may be credit.
    void go_on();
    /// A frame of an answer.
    void take(const amqp::IncomingTransfer& transfer);
    /// Those that were not answered by now hear so.
    void tick(Instant now);
    /// The links are over: all hear so.
    void close();

private:
    struct Question {
        Write write;  // empty: it was sent
        Hear hear;
        Instant until;
    };

    ReadNumber read_number_;
    amqp::Link* sender_ = nullptr;
    amqp::Link* receiver_ = nullptr;
    std::string address_;
    std::map<std::uint64_t, Question> questions_;  // by number
    std::deque<std::uint64_t> unsent_;
    std::uint64_t next_ = 1;
    Buffer word_;           // a question that is under way
    std::size_t sent_ = 0;  // bytes of it
    Buffer answer_;         // of which the end has not come
};

}  // namespace weft::node
