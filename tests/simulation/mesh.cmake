weft_test(weft_mesh_sim LABEL sim
  SOURCES mesh_sim.cpp mesh_sim_clients.cpp mesh_sim_graph.cpp mesh_sim_messages.cpp mesh_sim_node.cpp
          mesh_sim_wire.cpp mesh_sim_world.cpp
          core_audit.cpp ${PROJECT_SOURCE_DIR}/tests/unit/core/fake_port.cpp
  DEPS weft_router_core)
