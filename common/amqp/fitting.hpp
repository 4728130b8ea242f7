#pragma once

#include "common/amqp/options.hpp"
#include "common/amqp/performatives.hpp"

#include <cstddef>
#include <optional>

/// What a performative carries when the peer takes only small frames: what is optional is left out,
/// the least important first, and nothing more than is needed.
/// Spec: AMQP 1.0 §2.7.1, §2.8.15
namespace weft::amqp {

/// Bytes of the frame of an attach that refuses a link, besides its name.
inline constexpr std::size_t kBareAttachMax = 48;

/// What an engine of these options says first. Views into them.
Open open_of(const Options& options);

/// Bytes of a frame that holds such a performative.
std::size_t frame_size(const Open& open);
std::size_t frame_size(const Attach& attach);

/// Properties from the last one on, then desired and offered capabilities, then the hostname.
/// `properties` is storage for what is left of them.
Open fitting(Open open, std::size_t frame_max, Buffer& properties);

/// Properties, desired and offered capabilities of the link; of the peer's own terminus all but its
/// address, then that; of ours all but its address and whether it is dynamic. Nothing: what is left
/// does not fit either.
std::optional<Attach> fitting(Attach attach, std::size_t frame_max);

/// Of an end, a close or a detach: the info, then the description, then the condition's end.
std::optional<ErrorView> fitting(std::optional<ErrorView> error, std::size_t frame_max);

}  // namespace weft::amqp
