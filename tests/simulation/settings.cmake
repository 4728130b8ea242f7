weft_test(weft_settings_sim LABEL sim
  SOURCES settings_sim.cpp settings_sim_audit.cpp settings_sim_mesh.cpp
  DEPS weft_router_settings)
