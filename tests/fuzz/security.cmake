weft_fuzz(sasl_fuzz SOURCES sasl_fuzz.cpp DEPS weft_security)
