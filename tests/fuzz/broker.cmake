weft_fuzz(selector_fuzz SOURCES selector_fuzz.cpp DEPS weft_broker_selector)
weft_fuzz(queue_fuzz SOURCES queue_fuzz.cpp ../simulation/queue_walk.cpp DEPS weft_broker_queue)
