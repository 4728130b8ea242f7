weft_fuzz(frames_fuzz SOURCES frames_fuzz.cpp DEPS weft_amqp)
weft_fuzz(frame_trace_fuzz SOURCES frame_trace_fuzz.cpp DEPS weft_amqp)
weft_fuzz(performatives_fuzz SOURCES performatives_fuzz.cpp DEPS weft_amqp)
weft_fuzz(engine_fuzz
  SOURCES engine_fuzz.cpp ${PROJECT_SOURCE_DIR}/tests/unit/amqp/frames.cpp
  DEPS weft_amqp)
