#pragma once

#include "common/base/bytes.hpp"

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>

/// The capability fields of open, attach and termini: one symbol, or an array of them, encoded.
/// Spec: AMQP 1.0 §2.7.1, §3.5.3
namespace weft::amqp {

/// Those of a field that are looked at; a few bytes can encode many more.
inline constexpr std::size_t kCapabilitiesMax = 64;

/// An array of symbols.
Buffer capabilities(std::initializer_list<std::string_view> names);

/// Calls `f` with each symbol of the field; a field that is none has none.
void each_capability(Bytes encoded, const std::function<void(const std::string& name)>& f);

bool has_capability(Bytes encoded, std::string_view wanted);

}  // namespace weft::amqp
