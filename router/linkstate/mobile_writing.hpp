#pragma once

#include "router/linkstate/field_writer.hpp"
#include "router/linkstate/messages.hpp"

#include <cstdint>
#include <string_view>

namespace weft::linkstate {

/// The content of an absolute MAU, written element by element: it may have very many.
///
///     keys ──begin_hints──▶ hints ──end──▶ whole
///
/// Threading: not shared.
class MobileWriting {
public:
    /// Appends to `out`, which must outlive it.
    MobileWriting(Buffer& out, const Speaker& from, std::int64_t mobile_seq)
        : writer_{out, opcode_of(MobileUpdate{})} {
        writer_.speaker(from);
        writer_.field("mobile_seq", mobile_seq);
        list_ = writer_.open_list("exist");
    }

    bool has_keys() const { return has_keys_; }
    void add(std::string_view key) { writer_.element(key); }
    /// All keys are there; their hints follow in the same order, as originals send them.
    void begin_hints() {
        has_keys_ = true;
        writer_.close(list_);
        list_ = writer_.open_list("hints");
    }
    void add(Hint hint) { writer_.element(hint); }
    void end() {
        writer_.close(list_);
        writer_.end();
    }

private:
    FieldWriter writer_;
    FieldWriter::Mark list_;
    bool has_keys_ = false;
};

}  // namespace weft::linkstate
