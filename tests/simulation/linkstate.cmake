weft_test(weft_linkstate_sim LABEL sim
  SOURCES linkstate_sim.cpp linkstate_sim_audit.cpp linkstate_sim_mesh.cpp
  DEPS weft_router_linkstate)

# Prints times and sizes; run by hand, in a release build.
add_executable(weft_linkstate_bench EXCLUDE_FROM_ALL
  linkstate_bench.cpp linkstate_sim_audit.cpp linkstate_sim_mesh.cpp)
target_link_libraries(weft_linkstate_bench PRIVATE weft_router_linkstate weft_warnings)
