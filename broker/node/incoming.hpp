#pragma once

#include "common/base/time.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <utility>

namespace weft::broker {

/// What messages of producers have in memory: those that are coming in, and those that wait to be
/// durable, also of links that are gone.
///
/// A connection has no more of it than all others leave free (may_take). Where there is no room,
/// messages that have begun and got no frame for `kSilenceMost` give theirs up first.
/// Threading: loop-confined.
class Incoming {
public:
    static constexpr std::size_t kBytesMax = std::size_t{256} * 1024 * 1024;
    static constexpr Duration kSilenceMost = std::chrono::seconds{10};

    /// One connection's. It lives as long as its messages.
    struct Account {
        std::size_t bytes = 0;
    };

    /// One message, from its first frame until it is durable, refused or given up: what it holds
    /// goes with it.
    class Message {
    public:
        /// `incoming` must outlive it. `give_up` is called at most once, while another one is added
        /// to: it ends this one.
        Message(Incoming& incoming,
                std::shared_ptr<Account> account,
                std::function<void()> give_up);
        ~Message();
        Message(const Message&) = delete;
        Message& operator=(const Message&) = delete;

        /// False: there is no room for so many bytes more.
        [[nodiscard]] bool add(std::size_t bytes);
        /// All of it is here: it waits for us, and not for its producer.
        void end();
        std::size_t bytes() const { return bytes_; }

    private:
        friend class Incoming;

        Incoming& incoming_;
        std::shared_ptr<Account> account_;
        std::function<void()> give_up_;
        std::size_t bytes_ = 0;
        Instant last_frame_{};
        std::list<Message*>::iterator place_;  // in `unfinished_`
    };

    explicit Incoming(std::function<Instant()> now) : now_{std::move(now)} {}
    Incoming(const Incoming&) = delete;
    Incoming& operator=(const Incoming&) = delete;

    std::size_t bytes() const { return bytes_; }
    /// Messages that gave up because they were silent.
    std::uint64_t given_up() const { return given_up_; }

private:
    bool has_room(const Account& account) const;
    bool make_room(const Message& asks, Instant now);

    std::function<Instant()> now_;
    std::size_t bytes_ = 0;
    std::uint64_t given_up_ = 0;
    std::list<Message*> unfinished_;  // the one that was silent for longest first
};

}  // namespace weft::broker
