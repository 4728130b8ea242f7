#pragma once

#include "router/linkstate/control_address.hpp"
#include "router/linkstate/control_sender.hpp"
#include "router/linkstate/database.hpp"
#include "router/linkstate/flood.hpp"
#include "router/linkstate/link_state.hpp"
#include "router/linkstate/local_addresses.hpp"
#include "router/linkstate/neighbours.hpp"
#include "router/linkstate/paths.hpp"

#include <functional>
#include <queue>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace weft::linkstate {

// How fast things may follow each other. What is configurable stands in LinkStateOptions.
inline constexpr Duration kTick = std::chrono::seconds(1);  // ageing; the original's, too
inline constexpr std::uint32_t kIdleTicksMax = 2;           // without a mention, then forgotten
inline constexpr Duration kHelloAnswerGap = std::chrono::milliseconds(100);
/// A tick that comes so late says that this router stood still: what waits in its sockets is heard
/// before anybody counts as silent.
inline constexpr Duration kLate = std::chrono::milliseconds(50);
inline constexpr Duration kHearFirst = std::chrono::milliseconds(50);
inline constexpr Duration kAnnounceGapMin = std::chrono::milliseconds(10);
inline constexpr Duration kAnnounceGapMax = std::chrono::milliseconds(640);
/// Paths are computed anew at most this often for each router that there is; but at once if this
/// router's own links change.
inline constexpr Duration kPathsGap = std::chrono::microseconds(10);
inline constexpr Duration kMobileGap = std::chrono::milliseconds(100);
inline constexpr Duration kAdvertGap = std::chrono::seconds(1);         // of those nobody waits for
inline constexpr Duration kAskGapMin = std::chrono::milliseconds(100);  // doubles
inline constexpr Duration kAskGapMax = std::chrono::seconds(16);
/// A router that is merely mentioned is asked a bit later: its own flood may be on the way.
inline constexpr Duration kAskLater = std::chrono::milliseconds(30);
inline constexpr Duration kFlapSpan = std::chrono::seconds(30);
inline constexpr std::uint32_t kFlapsFree = 3;
inline constexpr Duration kFlapHoldMax = std::chrono::seconds(30);
/// Floods of a restarted router's former life may be on the way this long.
inline constexpr Duration kFormerLife = std::chrono::seconds(10);
/// A router without Weft's key is an original if it was reachable this long.
inline constexpr Duration kOriginalGrace = std::chrono::seconds(5);
/// An original complains of the addresses of a router that it does not know, and gets to know one
/// with its next tick.
inline constexpr Duration kOriginalShy = std::chrono::milliseconds(1500);
/// A router that says less than we have from it this long lost its memory, or we were lied to.
inline constexpr Duration kBehindSpan = std::chrono::seconds(2);
/// The protocol allows more; nobody counts so far, nor so fast.
inline constexpr std::int64_t kSequencePlausible = std::int64_t{1} << 40;
inline constexpr std::int64_t kSequenceJumpMax = std::int64_t{1} << 24;
inline constexpr std::size_t kGreetedMax = 8;       // newly reachable routers that get an RA each
inline constexpr std::size_t kStrangersMax = 1024;  // of another version that are remembered

/// The machine behind LinkState: how its parts work together.
///
/// | file | what |
/// |---|---|
/// | link_state.cpp | the calls from outside, and what is due when |
/// | state_neighbours.cpp | HELLO: who is a neighbour |
/// | state_links.cpp | RA, LSR, LSU: the links of all routers, and this one's announced |
/// | state_addresses.cpp | MAR, MAU: the addresses of all routers, and this one's announced |
/// | state_inquiries.cpp | asking until an answer comes; ageing |
/// | state_messages.cpp | what comes in, what is passed on, what is refused |
/// | state_paths.cpp | telling which paths and addresses there are |
class LinkState::State {
public:
    State(LinkStateOptions options, LinkStateOutput& output);

    void link_up(PeerLink link, std::uint32_t cost, Instant now);
    void change_cost(PeerLink link, std::uint32_t cost, Instant now);
    void link_down(PeerLink link, Instant now);
    void note_life(PeerLink link, Instant when, Instant part);
    void receive(PeerLink link, Bytes message, Instant now);
    void flush(Instant now);
    void leave(Instant now);
    void tick(Instant now);
    Instant deadline() const;

    LocalAddresses& local() { return local_; }
    const Database& database() const { return database_; }
    const Neighbours& neighbours() const { return neighbours_; }
    Paths& paths() { return paths_; }
    std::uint64_t topology_version() const { return topology_version_; }
    const LinkStateCounters& counters() const { return counters_; }
    void count_origins() { counters_.origins = paths_.origins_computed(); }
    RouterNode node(RouterIndex router) const;
    bool send_extension(std::string_view router, Bytes content) {
        return send_to(router, ControlAddress::Part::extension, content, nullptr);
    }

private:
    using Kind = LinkStateEvent::Kind;

    void begin(Instant now);
    /// `link`: the one that it is about, if it is about one.
    void report(Kind kind, std::string_view router, std::string text, PeerLink link = kNoLink);

    // state_neighbours.cpp
    void say_hello(Adjacency& adjacency);
    void say_hellos();
    bool wants_fast_hello(const Adjacency& adjacency) const;
    Duration promised_by(const Adjacency& adjacency, const Hello& hello) const;
    void on_hello(Adjacency& adjacency, const Hello& hello);
    void report_own_id(Adjacency& adjacency, std::int64_t instance);
    bool may_speak_for(Adjacency& adjacency, const Hello& hello);
    bool passes_ceiling(std::string_view id, bool is_original) const;
    void hold_back(Adjacency& adjacency, std::string_view id);
    void raise(Adjacency& adjacency);
    void lower(Adjacency& adjacency, std::string why);
    void expire_neighbours(bool late);
    void choose_link(RouterRecord& record);
    void update_own_edges();

    // state_links.cpp
    bool on_advert(Adjacency& from, const RouterAdvert& advert);
    bool on_links_requested(const Adjacency& from, const LinkStateRequest& request);
    bool on_links(Adjacency& from, const LinkStateUpdate& update);
    bool is_current(RouterIndex router, std::int64_t instance);
    void restart(RouterIndex router, std::int64_t instance);
    bool is_absurd(Adjacency& from,
                   std::string_view router,
                   std::int64_t known,
                   std::int64_t claimed);
    void note_progress(RouterIndex router, const RouterAdvert& advert);
    std::vector<Edge> edges_of(const LinkStateUpdate& update);
    void set_edges(RouterIndex router, std::vector<Edge> edges);
    void settle_own_links();
    LinkStateUpdate own_links() const;
    RouterAdvert own_advert() const;
    void announce_links();
    void advertise();
    bool in_flux() const;

    // state_addresses.cpp
    bool on_addresses_requested(const Adjacency& from, const MobileRequest& request);
    bool on_addresses(Adjacency& from, const MobileUpdate& update);
    bool fits(RouterRecord& record, const MobileUpdate& update);
    void apply_difference(RouterIndex router, const MobileUpdate& update);
    void apply_absolute(RouterIndex router, const MobileUpdate& update);
    void add_key(RouterIndex router, const std::string& key, Hint hint);
    void remove_key(RouterIndex router, std::string_view key);
    void take_back_keys(RouterIndex router);
    void drop_keys(RouterIndex router);
    bool is_with_strangers() const;
    void report_left_out();
    void announce_addresses();

    // state_inquiries.cpp
    void ask(RouterIndex router, Inquiry& inquiry, Duration delay);
    void ask_what_is_due(RouterIndex router);
    void ask_all();
    void age();
    void age(RouterIndex router);
    bool forget_if_idle(RouterIndex router);
    void count_originals();
    void hold_ceiling();

    // state_messages.cpp
    void on_flood(Adjacency& from, const ControlAddress& to, const Envelope& envelope);
    void on_unicast(Adjacency& from, const ControlAddress& to, const Envelope& envelope);
    void on_extension(Adjacency& from, const Envelope& envelope);
    void on_looped(Adjacency& from, const Envelope& envelope);
    std::optional<Message> read(Adjacency& from,
                                const ControlAddress& to,
                                const Envelope& envelope);
    bool handle(Adjacency& from, const Message& message);
    void pass_on(const Adjacency& from, std::string_view to, const Envelope& envelope);
    void pass_flood(const Adjacency& from, std::string_view origin, const Envelope& envelope);
    bool trees_hold(const Adjacency& from, RouterIndex origin);
    void flood(std::string_view to, const Message& message);
    bool send_to(std::string_view router,
                 ControlAddress::Part part,
                 Bytes content,
                 const Adjacency* fallback);
    bool send_to(std::string_view router, const Message& message, const Adjacency* fallback);
    void report_malformed(Adjacency& adjacency, std::string text);
    void report_impostor(Adjacency& adjacency, std::string_view router, std::string text);
    RouterIndex learn(std::string_view id);

    // state_paths.cpp
    void publish();
    void publish_if_due();
    void withdraw(RouterIndex router);
    std::optional<Path> current_path(RouterIndex router) const;
    void greet(const std::vector<RouterIndex>& appeared);

    LinkStateOptions options_;
    LinkStateOutput* output_;
    LinkStateCounters counters_;
    Database database_;
    Neighbours neighbours_;
    Paths paths_;
    FloodMemory memory_;
    FloodTree tree_;
    LocalAddresses local_;
    ControlSender sender_;

    Instant now_{};
    Instant started_{};
    bool began_ = false;
    bool leaving_ = false;
    bool links_changed_ = false;     // this router's, since its sequence was raised
    bool announcement_due_ = false;  // others were not told of the last sequence
    bool paths_dirty_ = false;
    Instant paths_due_{};
    Instant announced_{};
    Duration announce_gap_ = kAnnounceGapMin;
    Instant advertised_{};
    Instant advert_due_ = kNever;
    Instant flux_until_{};
    Instant graph_changed_{};
    Instant hello_due_ = kNever;
    Instant fast_hello_due_ = kNever;
    Instant hear_until_{};      // before nobody counts as silent
    bool hears_first_ = false;  // so it was decided with the last tick
    Instant tick_due_ = kNever;
    Instant mobile_due_{};
    Instant shy_until_ = kNever;  // addresses wait for originals that appeared; kNever: they do not
    Instant appeared_{};          // the last router that did
    std::uint64_t topology_version_ = 1;
    std::size_t keys_total_ = 0;  // of all other routers
    std::size_t keys_bytes_ = 0;  // of them
    std::size_t reachable_ = 0;   // with this one
    std::size_t originals_ = 0;
    bool only_weft_ = false;  // so are all that can be reached
    bool ceiling_reported_ = false;
    bool routers_reported_ = false;
    bool left_out_reported_ = false;
    std::vector<RouterIndex> ask_now_;  // routers with an inquiry whose time may have come
    using Later = std::pair<Instant, RouterIndex>;
    std::priority_queue<Later, std::vector<Later>, std::greater<>> ask_later_;
    std::set<std::string, std::less<>> strangers_;
};

}  // namespace weft::linkstate
