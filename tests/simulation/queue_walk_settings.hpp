#pragma once

#include "broker/queue/settings.hpp"

#include <array>

namespace weft::queue::sim {

/// A kind of queue to walk in.
struct Kind {
    const char* name;
    Settings settings;
};

inline const std::array kKinds{
    Kind{"plain",
         {.messages_max = 60, .overflow = Overflow::reject, .deliveries_max = 3, .groups = false}},
    Kind{"dropping",
         {.messages_max = 20,
          .overflow = Overflow::drop_oldest,
          .deliveries_max = 3,
          .groups = false}},
    Kind{"timed",
         {.messages_max = 60,
          .overflow = Overflow::reject,
          .deliveries_max = 5,
          .ttl_default = 400,
          .redelivery = {.delay = 30},
          .groups = false}},
    Kind{"grouped", {.messages_max = 60, .overflow = Overflow::reject, .deliveries_max = 3}},
    Kind{"exclusive",
         {.messages_max = 60,
          .overflow = Overflow::reject,
          .deliveries_max = 3,
          .exclusive = true,
          .groups = false}},
    Kind{"last values",
         {.messages_max = 60,
          .overflow = Overflow::reject,
          .deliveries_max = 3,
          .redelivery = {.delay = 30},
          .last_value_key = "key"}},
    Kind{"fenced",
         {.messages_max = 60,
          .overflow = Overflow::reject,
          .deliveries_max = 3,
          .last_value_key = "key",
          .fenced = true}},
    Kind{"without duplicates",
         {.messages_max = 30,
          .overflow = Overflow::drop_oldest,
          .deliveries_max = 3,
          .duplicate_window = 5}}};

}  // namespace weft::queue::sim
