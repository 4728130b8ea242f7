#pragma once

#include "broker/queue/actions.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace weft::queue {

/// Who looks at a queue's messages and takes none out: each has a cursor of its own, and reads from
/// the store.
///
///     resting ──credit, and something behind its cursor──▶ reading ──on_browsed──▶ resting
///
/// One that asked for keys looks at the message of each once, in the order of the keys: what was
/// replaced while it was read is looked for again.
///
/// Threading: loop-confined (its queue's).
class Browsers {
public:
    /// What becomes of a message that the store read for a browser.
    enum class Sight : std::uint8_t { seen, passed_over, later };
    using See = std::function<Sight(const Record&, const Choose&)>;
    /// The message of a key; 0: there is none.
    using Find = std::function<MessageId(std::string_view key)>;

    /// At once it reads so much for one of them.
    Browsers(std::size_t messages, std::size_t bytes) : messages_{messages}, bytes_{bytes} {}

    /// It sees those that `choose` wants; of these keys alone, unless there are none.
    void add(ConsumerId id, Choose choose, std::vector<std::string> keys = {});
    bool has(ConsumerId id) const { return browsers_.contains(id); }
    void remove(ConsumerId id);
    void set_credit(ConsumerId id, std::uint32_t credit, bool drain);
    std::uint32_t credit_of(ConsumerId id) const { return browsers_.at(id).credit; }
    /// It goes back to that message. Means nothing of one that left.
    void look_again(ConsumerId id, MessageId message);
    void hold(ConsumerId id, bool held);
    /// There are messages behind the one that was the last.
    void recall();

    /// Asks for what browsers need, and answers those who want their credit drained. `last`: the
    /// youngest message that the store has.
    void advance(MessageId last, const Find& find, Actions& out);
    /// What was asked for `id`: all that the store has up to `through`. Those that `see` lets it
    /// see, which chooses so, go to it, as its credit allows; from the first on that is to be seen
    /// later it reads again. Returns how many it saw.
    std::size_t on_browsed(ConsumerId id,
                           const std::vector<Record>& records,
                           MessageId through,
                           const See& see,
                           Actions& out);
    std::size_t size() const { return browsers_.size(); }

private:
    enum class State : std::uint8_t { resting, reading };
    /// A key, and the message of it that it saw.
    struct Wanted {
        std::string key;
        MessageId seen = 0;
    };
    struct Browser {
        Choose choose;
        std::uint32_t credit = 0;
        bool drain = false;
        bool held = false;
        State state = State::resting;
        bool went_back = false;  // since it asked: what it is answered is behind its cursor
        MessageId cursor = 1;    // the next one that it may see
        std::vector<Wanted> wanted{};
        std::size_t next = 0;  // of those
        MessageId looked = 0;  // the message of that one at which it looked last
    };

    std::optional<Range> next_of(Browser& browser, MessageId last, const Find& find) const;

    std::size_t messages_;
    std::size_t bytes_;
    std::map<ConsumerId, Browser> browsers_;
    std::set<ConsumerId> stirred_;  // about whom something changed since `advance`
};

}  // namespace weft::queue
