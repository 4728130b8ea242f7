#pragma once

#include "tools/sim/sim_mesh.hpp"
#include "tools/sim/truth.hpp"

#include <string>

/// What the routers of a simulated mesh know, compared with what is so.
///
/// A fault is told in words, the first one found; empty: all is well. Routers that are frozen or do
/// not run are not asked.
namespace weft::sim {

/// The mesh as it is now: of wires that carry nothing there is none.
Truth truth_of(const SimMesh& mesh);

/// Paths and addresses of each router, were the mesh at rest.
std::string audit_paths(SimMesh& mesh, const Truth& truth);
inline std::string audit_paths(SimMesh& mesh) {
    return audit_paths(mesh, truth_of(mesh));
}
/// These, and that a multicast of each router comes to each other one exactly once.
std::string audit(SimMesh& mesh);

/// What each router knows, for a person.
std::string dump(const SimMesh& mesh);

}  // namespace weft::sim
