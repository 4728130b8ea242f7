weft_fuzz(mqtt_fuzz SOURCES mqtt_fuzz.cpp DEPS weft_mqtt_codec)
