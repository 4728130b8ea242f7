weft_fuzz(config_fuzz SOURCES config_fuzz.cpp DEPS weft_router_config)
weft_fuzz(qdrouterd_conf_fuzz SOURCES qdrouterd_conf_fuzz.cpp DEPS weft_router_config)
