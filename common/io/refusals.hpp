#pragma once

#include "common/io/guarded.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace weft::io {

/// Something that a peer wanted and did not get. Threading: not shared (a value).
struct Refusal {
    std::string_view what{};    // a literal: "login", "link", …
    std::string peer{};         // its host, with or without the port
    std::string user{};         // empty: not known
    std::string client{};       // container id or client identifier; empty: not known
    std::string subject{};      // the address, topic or listener that it was about
    std::string why{};          // for operators; the peer may not have heard it
    std::string_view remedy{};  // a literal; empty: the reason says it
};

/// The last refusals of the process, for whoever asks why a client does not get on.
///
/// What is refused again in the same way stands there once, with how often. Each host has a share
/// of the places: who is refused without end puts out his own. Threading: any thread.
class Refusals {
public:
    static constexpr std::size_t kKeptMax = 1000;
    static constexpr std::size_t kOfHostMax = 50;
    static constexpr std::size_t kTextMax = 256;  // bytes that are kept of each text
    using Time = std::chrono::system_clock::time_point;

    struct Kept {
        std::uint64_t number = 0;  // counted up
        Time last{};
        std::uint64_t times = 1;
        Refusal refusal{};
    };

    void add(Refusal refusal, Time now = std::chrono::system_clock::now());
    /// By the last time of each.
    std::vector<Kept> all();
    std::size_t size();

private:
    using Places = std::list<Kept>;
    struct Book {
        Places kept;
        std::unordered_map<std::string, std::vector<Places::iterator>> by_host;
        std::uint64_t last = 0;

        void add(Refusal refusal, Time now);
        void remove(Places::iterator oldest);
    };

    Guarded<Book> book_;
};

Refusals& refusals();

}  // namespace weft::io
