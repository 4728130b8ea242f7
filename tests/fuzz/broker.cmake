weft_fuzz(selector_fuzz SOURCES selector_fuzz.cpp DEPS weft_broker_selector)
