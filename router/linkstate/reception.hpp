#pragma once

#include "common/base/bytes.hpp"
#include "common/base/time.hpp"
#include "router/linkstate/control_address.hpp"
#include "router/linkstate/flood.hpp"
#include "router/linkstate/ground.hpp"
#include "router/linkstate/messages.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>

namespace weft::linkstate {

/// What a control message that came in is to this router. Views point into the bytes received.
struct Received {
    enum class What : std::uint8_t {
        nothing,    // counted, and reported if somebody is to blame
        hello,      // of the neighbour
        flood,      // to all: to be passed on if it is taken
        unicast,    // to this router
        extension,  // to this router, of another Weft router: its content is not read here
        transit,    // to another router
    };
    What what = What::nothing;
    ControlAddress to{};
    Envelope envelope{};
    Bytes message{};                   // the whole of it
    std::optional<Message> content{};  // of hello, flood and unicast
};

/// Reads what comes in on control links, and refuses what is not what it says: malformed, come
/// back, come twice, of a version nobody knows, sent to the wrong address, or in another's name.
///
/// Threading: loop-confined.
class Reception {
public:
    static constexpr std::size_t kStrangersMax = 1024;  // of another version that are remembered

    /// `ground` must outlive it.
    explicit Reception(Ground& ground) : ground_{ground} {}

    /// The first call of all: time begins.
    void start(Instant now) { started_ = now; }

    /// Total: any bytes.
    [[nodiscard]] Received read(Adjacency& from, Bytes message, Instant now);

private:
    void on_looped(Adjacency& from, const Envelope& envelope, Instant now);
    std::optional<Message> content_of(Adjacency& from,
                                      const ControlAddress& to,
                                      const Envelope& envelope);
    bool is_known_version(const Speaker& speaker);

    Ground& ground_;
    FloodMemory memory_;
    Instant started_{};
    std::set<std::string, std::less<>> strangers_;  // speak another version, and were reported
};

}  // namespace weft::linkstate
