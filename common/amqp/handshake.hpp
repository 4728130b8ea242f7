#pragma once

#include "common/amqp/frame_output.hpp"
#include "common/amqp/options.hpp"
#include "common/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weft::amqp {

/// What comes before AMQP: protocol headers, and a SASL exchange between them.
///
///     server   header ──> init ──> deciding ──ok──> amqp_header ──> over
///                │                 │      ↑ │
///                │         challenge      │ └─ refused ──> failed
///                │                 └> response
///                └────────────────── without SASL ────────────────> over
///
///     client   header ──> mechanisms ──> outcome ──ok──> amqp_header ──> over
///                │                       ↑     │
///                │                       └─────┘ a challenge is answered, at once or after
///                answering └────────────────── without SASL ────────────────> over
///
/// Invariants:
///   S1  a challenge or an outcome is written only while the handler's word is awaited (deciding)
///   S2  a header is written once for each layer; a peer's that is wrong is answered by the right
///   one
///
/// Writes to its output; what the owner must do is the Step that a call returns.
/// Threading: not shared. Spec: AMQP 1.0 §2.2, §5.3
class Handshake {
public:
    enum class Kind : std::uint8_t {
        wait,       // for more of the peer's
        init,       // server: the client chose `mechanism`; say challenge or outcome
        response,   // server: to a challenge; the same
        send_open,  // client: our open may go out, ahead of the peer's header
        over,       // AMQP frames follow
        failed,     // the connection ends for `error`
    };
    /// Its views live as long as the input that caused it.
    struct Step {
        Kind kind = Kind::wait;
        std::string_view mechanism{};
        Bytes response{};
        Error error{};
    };

    /// Both must outlive it; `options` is not looked at after the end.
    Handshake(const Options& options, FrameOutput& output)
        : options_{options}, offered_{&options.sasl_mechanisms}, output_{output} {}

    /// Server: instead of those of the options. They outlive it. Before the peer's header.
    void offer(const std::vector<std::string>& mechanisms) { offered_ = &mechanisms; }

    /// A client says its header.
    Step start();
    Step take_header(Bytes header);    // while awaits_header()
    Step take_sasl_frame(Bytes body);  // while neither that nor over()

    /// Server, while it decides; otherwise nothing happens.
    void challenge(Bytes data);
    /// False: the client was refused and nothing more comes.
    bool outcome(std::uint8_t code, Bytes additional_data);

    /// Client, while it owes an answer to a challenge; otherwise nothing happens.
    void respond(Bytes response);

    /// A protocol header is awaited, not a frame.
    bool awaits_header() const { return stage_ == Stage::header || stage_ == Stage::amqp_header; }
    /// The handler's word is awaited; the peer has nothing to say meanwhile.
    bool deciding() const { return stage_ == Stage::deciding; }
    bool over() const { return stage_ == Stage::over; }
    /// Client: the mechanism that was chosen, or will be tried first; empty: no SASL.
    std::string_view mechanism() const;

private:
    enum class Stage : std::uint8_t {
        header,      // of SASL or AMQP
        init,        // server: sasl-init is awaited
        deciding,    // server: the handler's word is awaited
        response,    // server: sasl-response is awaited
        mechanisms,  // client: sasl-mechanisms are awaited
        outcome,     // client: sasl-outcome is awaited, or a challenge
        answering,   // client: its owner's answer to a challenge is awaited
        amqp_header,
        over,
        failed,
    };

    Step take_init(Bytes fields);
    Step take_response(Bytes fields);
    Step take_mechanisms(Bytes fields);
    Step take_challenge(Bytes fields);
    Step take_outcome(Bytes fields);
    Step finish();
    Step fail(std::string_view condition, std::string text);
    bool uses_sasl() const {
        return options_.server ? !offered_->empty() : !options_.sasl_choices.empty();
    }

    const Options& options_;
    const std::vector<std::string>* offered_;
    std::size_t chosen_ = 0;                // client: of the options' choices
    std::unique_ptr<SaslClient> client_{};  // null: none is under way
    FrameOutput& output_;
    Stage stage_ = Stage::header;
};

}  // namespace weft::amqp
