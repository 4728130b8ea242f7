#pragma once

namespace weft::tools {

/// Proton's connections of this process say by SCRAM, too, who they are: what Proton itself knows
/// is PLAIN, EXTERNAL and ANONYMOUS. Of what the peer offers and the user allows the best is taken;
/// PLAIN alone shows the password. May be called again. Threading: before connections are made.
void speak_sasl();

}  // namespace weft::tools
