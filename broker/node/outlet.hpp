#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <utility>

namespace weft::broker {

/// Who sends through an outlet. Threading: loop-confined.
class Sender {
public:
    virtual ~Sender() = default;
    /// What it waited for may be there. False: it is held up again, and waits anew.
    virtual bool go_on() = 0;
};

/// Where the messages of one connection's consumers go out: who waits for what, and what they have
/// in memory on its way. An event costs those that can go on, however many wait.
/// Threading: loop-confined.
class Outlet {
public:
    /// Of payloads on their way; from so many on consumers are given nothing, unless they have
    /// something on its way.
    static constexpr std::size_t kBytesMax = std::size_t{4} * 1024 * 1024;
    /// Who waited for that goes on so many at a time, each in a later turn.
    static constexpr std::size_t kWokenAtOnce = 10;

    /// `later` is asked for a call of `wake`, at most one at a time.
    explicit Outlet(std::function<void()> later) : later_{std::move(later)} {}
    Outlet(const Outlet&) = delete;
    Outlet& operator=(const Outlet&) = delete;

    bool is_full() const { return bytes_ >= kBytesMax; }
    std::size_t bytes() const { return bytes_; }
    void add(std::size_t bytes) { bytes_ += bytes; }
    void remove(std::size_t bytes);

    /// A sender waits for one thing at a time: the window of a session,
    void wait_for_window(const void* session, Sender& sender) { wait(session, sender); }
    /// room in what the connection has to write,
    void wait_for_room(Sender& sender) { wait(&room_, sender); }
    /// or fewer bytes on their way.
    void wait_for_bytes(Sender& sender);
    /// It waits no more.
    void forget(Sender& sender);

    /// Those who wait for it go on, the first first, until one is held up again.
    void on_window(const void* session) { serve(session); }
    void on_writable() { serve(&room_); }
    void wake();

private:
    using Line = std::list<Sender*>;
    struct Place {
        const void* what = nullptr;
        Line::iterator at;
    };

    void wait(const void* what, Sender& sender);
    void serve(const void* what);
    Sender* take_first(const void* what);
    void ask_to_wake();

    std::function<void()> later_;
    std::map<const void*, Line> lines_;  // by session, or what stands for the others
    std::map<Sender*, Place> places_;
    std::size_t bytes_ = 0;
    bool wake_due_ = false;
    char room_ = 0;
    char fewer_bytes_ = 0;
};

}  // namespace weft::broker
