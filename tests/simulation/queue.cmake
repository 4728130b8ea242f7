weft_test(weft_queue_sim LABEL sim
  SOURCES queue_sim.cpp
  DEPS weft_broker_queue)
