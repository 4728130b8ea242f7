weft_fuzz(mqtt_fuzz SOURCES mqtt_fuzz.cpp DEPS weft_mqtt_codec)
weft_fuzz(mqtt_mapping_fuzz SOURCES mqtt_mapping_fuzz.cpp DEPS weft_mqtt_mapping)
weft_fuzz(mqtt_session_fuzz
  SOURCES mqtt_session_fuzz.cpp device_bed.cpp device_bed_owner.cpp
  DEPS weft_mqtt_session)
