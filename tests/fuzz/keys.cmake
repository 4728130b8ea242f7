weft_fuzz(wildcards_fuzz SOURCES wildcards_fuzz.cpp DEPS weft_router_core)
