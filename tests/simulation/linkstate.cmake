weft_test(weft_linkstate_sim LABEL sim SOURCES linkstate_sim.cpp DEPS weft_sim)

# Prints times and sizes; run by hand, in a release build.
add_executable(weft_linkstate_bench EXCLUDE_FROM_ALL linkstate_bench.cpp)
target_link_libraries(weft_linkstate_bench PRIVATE weft_sim weft_warnings)
