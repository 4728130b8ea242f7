weft_test(weft_sharing_sim LABEL sim
  SOURCES sharing_sim.cpp sharing_sim_audit.cpp sharing_sim_mesh.cpp
  DEPS weft_router_sharing)
