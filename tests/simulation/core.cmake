weft_test(weft_core_sim LABEL sim
  SOURCES core_sim.cpp core_sim_links.cpp core_sim_receivers.cpp core_sim_senders.cpp core_sim_world.cpp
          core_audit.cpp core_ledger.cpp
          ${PROJECT_SOURCE_DIR}/tests/unit/core/fake_port.cpp
  DEPS weft_router_core)
