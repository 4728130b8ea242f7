#pragma once

#include "common/base/result.hpp"
#include "common/io/loop.hpp"
#include "mqtt-gateway/mapping/outcome.hpp"
#include "mqtt-gateway/node/uplink.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weft::gateway {

/// Looks at all that a queue with keys (`lastValueKey`) has, and at what comes to it from then on,
/// for as long as it lives. The queue is asked first whether it has keys, by a link that looks at
/// one: without them it would grow with each message that is written. Then
///
///   away ──attached──▶ behind ──read to the end──▶ current
///    ▲──────────────── the link is lost ──────────────┘
///
/// Threading: loop-confined.
class QueueBrowser {
public:
    struct User {
        std::function<void()> restarted;  // all of the queue is read again from its beginning
        std::function<void()> asked;      // from now on it is looked for the queue's end
        std::function<void()> caught_up;  // all was read that was there when it was asked
    };

    /// Before a queue is asked for again that the mesh does not have.
    static constexpr Duration kAskAgain = std::chrono::seconds{1};

    /// `what` the queue has, in plural, and what `away` means for devices: for people. All must
    /// outlive it.
    QueueBrowser(io::Loop& loop,
                 Uplink& uplink,
                 std::string address,
                 std::string_view what,
                 std::string_view away,
                 User user);

    /// `then` runs once all has been read that the queue has now.
    void when_current(std::function<void()> then);
    bool is_current() const { return life_ == Life::current; }
    /// Why it is not; empty: it is.
    std::string problem() const;
    const std::string& address() const { return address_; }

    // Events of the uplink that are its own; its messages are whoever's it is.
    bool reads(ReceptionId id) const { return id == reception_; }
    void on_attached();
    void on_detached();
    void on_refused(const Error& why);
    /// `to_end`: it has all that there was.
    void on_drained(bool to_end);

private:
    enum class Life : std::uint8_t { away, behind, current };  // behind: never read to its end

    void receive();
    void look();

    io::Loop& loop_;
    Uplink& uplink_;
    std::string address_;
    std::string_view what_;
    std::string_view away_;
    User user_;
    Life life_ = Life::away;
    bool has_keys_ = false;      // the queue said so
    bool looking_ = false;       // it is read to the end of what was there
    ReceptionId reception_ = 0;  // 0: it is asked for again soon
    std::string why_away_ = "no router has attached it yet";
    std::vector<std::function<void()>> asking_;   // run when the look under way is over
    std::vector<std::function<void()>> waiting_;  // run after the next one
    io::Timer again_;
};

/// What the queue says of a row that was written to it. Nothing: it said nothing, and the row is on
/// its way again; if it is there by now, its fence says so.
std::optional<mqtt_mapping::Outcome> outcome_of_row(Uplink& uplink,
                                                    PublicationId id,
                                                    UplinkUser::Fate fate,
                                                    Bytes state);

}  // namespace weft::gateway
