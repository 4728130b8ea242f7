#pragma once

#include <utility>

namespace weft::sqlite {

/// When a store's write-ahead log goes back into its database, so that the log stays short and a
/// commit waits for that as seldom as can be. Lengths are pages (8 KiB).
///
///     0 ──▶ kStep ──▶ 2 kStep ──▶ … ──▶ kMost
///             └──────────┴─ written back beside the commits
///
/// What came meanwhile waits for the next step; when it is kLittle, the writer writes it back and
/// begins the log anew. So it does at kMost, whatever is left.
///
/// Writing back costs flushes and writes of its own, which commits beside it wait for, and pages
/// that change with each commit are written once however often they changed: hence a long step.
class LogLength {
public:
    static constexpr int kStep = 2048;
    static constexpr int kMost = 8192;
    static constexpr int kLittle = 64;

    /// As of a commit the log has so many. True: it is to be written back now, beside the commits.
    bool is_due(int pages) {
        if (pages < length_) {  // it began anew
            due_ = kStep;
            written_ = 0;
            outdated_ = writing_;
        }
        length_ = pages;
        if (writing_ || pages < due_) {
            return false;
        }
        due_ = pages + kStep;
        return writing_ = true;
    }
    /// That is done, and so many are in the database.
    void wrote_back(int pages) {
        writing_ = false;
        if (!std::exchange(outdated_, false)) {
            written_ = pages;
        }
    }
    int written() const { return written_; }
    /// Whether the writer begins a log of that length anew, of which so many were written back.
    static bool begins_anew(int pages, int written) {
        const bool is_of_it = written > 0 && written <= pages;  // and not of the log before
        return pages >= kMost || (is_of_it && pages - written <= kLittle);
    }

private:
    int length_ = 0;
    int due_ = kStep;
    int written_ = 0;
    bool writing_ = false;
    bool outdated_ = false;  // what is being written back is of the log before
};

}  // namespace weft::sqlite
