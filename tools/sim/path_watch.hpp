#pragma once

#include "tools/sim/sim_mesh.hpp"
#include "tools/sim/truth.hpp"

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

namespace weft::sim {

/// How long messages from one router to another found no path although there was one.
struct Outage {
    std::size_t from = 0;
    std::size_t to = 0;
    Duration time{};
    bool ended = true;

    bool operator==(const Outage&) const = default;
};

/// One router's way to another, as its machine told it.
struct Way {
    static constexpr std::int32_t kNone = -1;

    std::int32_t wire = kNone;
    std::uint32_t cost = 0;
};

/// Follows which routers reach which, as it happens: where messages would go by the paths that
/// each router has at that moment, over wires as they are.
///
/// A pair of running routers is *out* while they could reach each other but do not. All *agree*
/// once each has a path to whom it can reach, at the right cost, and to nobody else, and knows its
/// addresses.
///
/// Threading: loop-confined.
class PathWatch final : public SimWatcher {
public:
    /// `mesh`, which must outlive it, is asked later only.
    explicit PathWatch(const SimMesh& mesh) : mesh_{mesh} {}

    void on_path(std::size_t at,
                 std::string_view to,
                 const std::optional<linkstate::Path>& path) override;
    void on_address(std::size_t at, bool has) override;

    /// All routers have been added, and no wire yet. Call it once.
    void size_up();
    /// The machine of `router` is gone, with all that it knew.
    void forget(std::size_t router);
    /// Something failed or came back: `truth` holds from now on, `addresses` of each router.
    /// Outages of before are forgotten.
    void renew(const Truth& truth, const std::vector<std::size_t>& addresses);
    /// To be called after each step of the mesh.
    void update();

    bool agree() const { return agree_; }
    /// When all came to agree last, and what had been sent by then.
    Instant agreed_at() const { return agreed_at_; }
    std::uint64_t messages() const { return messages_; }
    std::uint64_t bytes() const { return bytes_; }
    /// Counts what routers told.
    std::uint64_t version() const { return version_; }
    const Way& way(std::size_t from, std::size_t to) const { return ways_[to][from]; }
    /// Those since `renew`, each pair once with its longest, the longest first.
    std::vector<Outage> outages() const;

private:
    /// What is known of a pair of routers.
    struct Pair {
        bool arrives = false;
        bool wrong = false;
        Instant out_since = kNever;
    };

    bool arrives(std::size_t from, std::size_t to) const;
    void set_arrives(std::size_t from, std::size_t to, bool arrives);
    std::size_t next_hop(std::size_t at, std::size_t to) const;
    void judge(std::size_t from, std::size_t to);

    const SimMesh& mesh_;
    const Truth* truth_ = nullptr;
    std::unordered_map<std::string_view, std::size_t> numbers_;  // by id
    std::vector<std::vector<std::size_t>> wires_;                // [router]
    std::vector<std::vector<Way>> ways_;                         // [to][from]
    std::vector<std::vector<Pair>> pairs_;                       // [to][from]
    std::vector<std::size_t> known_;                             // [at]: addresses of others
    std::vector<std::pair<std::size_t, std::size_t>> changed_;   // (from, to) with another way
    std::vector<Outage> ended_;
    std::size_t wrong_ = 0;        // pairs
    std::size_t known_total_ = 0;  // at running routers
    std::size_t known_expected_ = 0;
    std::uint64_t version_ = 0;
    bool agree_ = false;
    Instant agreed_at_{};
    std::uint64_t messages_ = 0;
    std::uint64_t bytes_ = 0;
};

}  // namespace weft::sim
