weft_fuzz(certificate_fuzz SOURCES certificate_fuzz.cpp DEPS weft_tls)
