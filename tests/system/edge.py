"""Edge routers, and the routers of a mesh that they reach."""
import harness
import mesh

NEWS = [{"address": "news", "type": "multicast"}]


class EdgeTest(mesh.MeshTest):
    """Base of the tests with edge routers."""

    def interior(self, name, dials=None, more=(), **sections):
        """A router of a mesh that takes edge routers at its listener "edges"."""
        return self.mesh_router(name, dials or {}, more=[
            {"name": "edges", "port": 0, "role": "edge"}, *more], **sections)

    def edge(self, name, uplinks, router=None, **sections):
        """An edge router with an uplink to each of `uplinks`, which cost more and more; one is
        active."""
        node = self.router(
            router={"id": name, "mode": "edge", "shutdownSeconds": 5, **(router or {})},
            connectors=[{"name": f"up-{order}", "port": self.port_for_edges(interior),
                         "role": "edge", "cost": order}
                        for order, interior in enumerate(uplinks, 1)], **sections)
        if uplinks:
            self.wait_for_uplink(node)
        return node

    def port_for_edges(self, interior):
        return interior.ports["edges"]

    def wait_for_uplink(self, node, times=1):
        """One is active, for so many times."""
        harness.wait_until(lambda: node.log().count("is the active uplink") >= times,
                           "an active uplink")
