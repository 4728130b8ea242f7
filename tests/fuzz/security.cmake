weft_fuzz(token_fuzz SOURCES token_fuzz.cpp DEPS weft_security)
weft_fuzz(sasl_fuzz SOURCES sasl_fuzz.cpp DEPS weft_security)
