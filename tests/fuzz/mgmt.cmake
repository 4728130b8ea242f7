weft_fuzz(management_fuzz SOURCES management_fuzz.cpp DEPS weft_mgmt)
