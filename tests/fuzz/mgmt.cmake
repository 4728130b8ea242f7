weft_fuzz(management_fuzz SOURCES management_fuzz.cpp ../unit/mgmt/fake_catalogue.cpp DEPS weft_mgmt)
