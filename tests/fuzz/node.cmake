# What a peer does to a router, through engines in memory.
add_library(weft_core_bed STATIC
  core_bed.cpp messages.cpp scripted_peer.cpp
  ../simulation/core_audit.cpp ../unit/core/fake_port.cpp)
target_link_libraries(weft_core_bed PUBLIC weft_router_node weft_engine_peer PRIVATE weft_warnings)

weft_fuzz(core_fuzz SOURCES core_fuzz.cpp DEPS weft_core_bed)
weft_fuzz(client_fuzz SOURCES client_fuzz.cpp ../unit/amqp/frames.cpp DEPS weft_core_bed)
weft_fuzz(neighbour_fuzz SOURCES neighbour_fuzz.cpp DEPS weft_core_bed)
weft_fuzz(http_fuzz
  SOURCES http_fuzz.cpp ../unit/mgmt/fake_catalogue.cpp
  DEPS weft_mgmt weft_engine_peer)
weft_fuzz(websocket_fuzz SOURCES websocket_fuzz.cpp DEPS weft_core_bed)
