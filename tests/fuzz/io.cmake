weft_fuzz(proxy_header_fuzz SOURCES proxy_header_fuzz.cpp DEPS weft_io)
