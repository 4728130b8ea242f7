weft_test(weft_loops_sim LABEL sim
  SOURCES loops_sim.cpp core_audit.cpp ${PROJECT_SOURCE_DIR}/tests/unit/node/loops.cpp
          ${PROJECT_SOURCE_DIR}/tests/unit/core/fake_port.cpp
  DEPS weft_router_node)
