#include "common/amqp/hot_reader.hpp"

#include "common/wire/big_endian.hpp"
#include "common/wire/descriptors.hpp"
#include "common/wire/reader.hpp"
#include "common/wire/value_head.hpp"

namespace weft::amqp {
namespace {

using wire::Code;

/// A list's fields in order. Each call reads one; after the list's end all are absent. What it does
/// not know makes it fail for good. `read` of a uint is inlined wherever it is called: only so does
/// the position stay in a register.
class QuickFields {
public:
    [[gnu::always_inline]] explicit QuickFields(Bytes in) : begin_{in.data()} {
        std::optional<wire::Compound> list;
        if (!in.empty() && code_at(in.data()) == Code::list8) {
            list = wire::compound_of(in, 1);
        } else if (!in.empty() && code_at(in.data()) == Code::list32) {
            list = wire::compound_of(in, 4);
        }
        ok_ = list.has_value();
        if (ok_) {
            p_ = list->values.data();
            end_ = p_ + list->values.size();
        }
    }

    bool ok() const { return ok_; }
    std::size_t size() const { return static_cast<std::size_t>(end_ - begin_); }

    [[gnu::always_inline]] void read(std::optional<std::uint32_t>& out) {
        if (absent()) {
            return;
        }
        if (code_at(p_) == Code::uint && left() >= 5) {
            out = wire::load_u32(p_ + 1);
            p_ += 5;
        } else if (code_at(p_) == Code::smalluint && left() >= 2) {
            out = p_[1];
            p_ += 2;
        } else if (code_at(p_) == Code::uint0) {
            out = 0;
            ++p_;
        } else {
            stop();
        }
    }
    [[gnu::always_inline]] void read_mandatory(std::uint32_t& out) {
        std::optional<std::uint32_t> value;
        read(value);
        ok_ = ok_ && value.has_value();
        out = value.value_or(0);
    }
    void read(std::optional<bool>& out) {
        if (absent()) {
            return;
        }
        if (code_at(p_) == Code::boolean_true || code_at(p_) == Code::boolean_false) {
            out = code_at(p_) == Code::boolean_true;
            ++p_;
        } else {
            stop();
        }
    }
    void read(bool& out) {
        std::optional<bool> value;
        read(value);
        out = value.value_or(false);
    }
    void read_tag(std::optional<Bytes>& out) {
        if (absent()) {
            return;
        }
        if (code_at(p_) == Code::vbin8 && left() >= 2 && left() >= 2u + p_[1]) {
            out = Bytes{p_ + 2, p_[1]};
            p_ += 2u + p_[1];
        } else {
            stop();
        }
    }
    void read_null() {
        if (!absent()) {
            stop();
        }
    }
    void read_state(Bytes& out) {
        if (absent()) {
            return;
        }
        const std::size_t empty_list = wire::kDescriptor8 + 1;
        const bool empty = left() >= empty_list && wire::has_descriptor8({p_, left()}) &&
                           code_at(p_ + wire::kDescriptor8) == Code::list0;
        const std::size_t size = empty ? empty_list : wire::encoded_size({p_, left()});
        if (size == 0 || wire::is_described_by_symbol({p_, size})) {
            stop();
            return;
        }
        out = {p_, size};
        p_ += size;
    }

private:
    static Code code_at(const std::uint8_t* at) { return static_cast<Code>(*at); }
    std::size_t left() const { return static_cast<std::size_t>(end_ - p_); }
    void stop() {
        ok_ = false;
        p_ = end_;
    }
    bool absent() {
        if (p_ == end_) {
            return true;
        }
        if (code_at(p_) == Code::null) {
            ++p_;
            return true;
        }
        return false;
    }

    const std::uint8_t* begin_;
    const std::uint8_t* p_ = nullptr;
    const std::uint8_t* end_ = nullptr;
    bool ok_ = false;
};

}  // namespace

bool read_hot(Bytes fields, Transfer& out, std::size_t& consumed) {
    QuickFields in{fields};
    if (!in.ok()) {
        return false;
    }
    in.read_mandatory(out.handle);
    in.read(out.delivery_id);
    in.read_tag(out.delivery_tag);
    in.read(out.message_format);
    in.read(out.settled);
    in.read(out.more);
    in.read_null();  // receiver-settle-mode
    in.read_state(out.state);
    in.read(out.resume);
    in.read(out.aborted);
    in.read(out.batchable);
    consumed = in.size();
    return in.ok();
}

bool read_hot(Bytes fields, Flow& out) {
    QuickFields in{fields};
    if (!in.ok()) {
        return false;
    }
    in.read(out.next_incoming_id);
    in.read_mandatory(out.incoming_window);
    in.read_mandatory(out.next_outgoing_id);
    in.read_mandatory(out.outgoing_window);
    in.read(out.handle);
    in.read(out.delivery_count);
    in.read(out.link_credit);
    in.read(out.available);
    in.read(out.drain);
    in.read(out.echo);
    in.read_null();  // properties
    return in.ok();
}

bool read_hot(Bytes fields, Disposition& out) {
    QuickFields in{fields};
    std::optional<bool> role;
    std::optional<std::uint32_t> last;
    if (!in.ok()) {
        return false;
    }
    in.read(role);
    in.read_mandatory(out.first);
    in.read(last);
    in.read(out.settled);
    in.read_state(out.state);
    in.read(out.batchable);
    out.receiver = role.value_or(false);
    out.last = last.value_or(out.first);
    return in.ok() && role.has_value();
}

}  // namespace weft::amqp
