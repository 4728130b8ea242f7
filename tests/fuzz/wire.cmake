weft_fuzz(value_fuzz SOURCES value_fuzz.cpp DEPS weft_wire)
weft_fuzz(sections_fuzz SOURCES sections_fuzz.cpp DEPS weft_router_annotations)
