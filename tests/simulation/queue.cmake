weft_test(weft_broker_queue_sim_test LABEL sim
  SOURCES queue_sim.cpp queue_walk.cpp
  DEPS weft_broker_queue)
