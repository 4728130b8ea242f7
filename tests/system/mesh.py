"""Several routers that form a mesh, each with listeners "clients", "web" and "mesh"."""
import signal

import harness
import management


class MeshTest(harness.Test):
    """Base of the tests with more than one router: `self.mesh(...)` starts them."""

    def mesh(self, links, **sections):
        """Routers by id: `{"a": {}, "b": {"a": 1}}` is b dialling a, at cost 1. Dialled ones stand
        before their dialler. Returns them by id, once each sees all others."""
        routers = {}
        for name, dials in links.items():
            routers[name] = self.mesh_router(name, {routers[to]: cost
                                                    for to, cost in dials.items()}, **sections)
        for router in routers.values():
            self.wait_for_routers(router, set(links))
        return routers

    def mesh_router(self, name, dials, router=None, more=(), **sections):
        """A router that dials the others and is not waited for; `self.end` ends it. `more`:
        further listeners."""
        connectors = [{"name": f"to-{other.config['router']['id']}", "port": other.ports["mesh"],
                       "role": "inter-router", "cost": cost} for other, cost in dials.items()]
        return self.router(
            router={"id": name, "mode": "interior", "shutdownSeconds": 5, **(router or {})},
            listeners=[{"name": "mesh", "port": 0, "role": "inter-router"}, *more],
            connectors=connectors, **sections)

    def reachable_from(self, router):
        """The ids of the routers that `router` has a way to, itself included."""
        node = management.Node(router.url, harness.TIMEOUT)
        try:
            nodes = node.node_call("GET-MGMT-NODES")
        finally:
            node.close()
        return {address.split("/")[3] for address in nodes}

    def wait_for_routers(self, router, ids):
        harness.wait_until(lambda: self.reachable_from(router) == ids,
                           f"the mesh {sorted(ids)} to be seen")

    def freeze(self, router):
        """As a machine that stands still: its connections stay open. It goes on after the test."""
        router.process.send_signal(signal.SIGSTOP)
        self.addCleanup(router.process.send_signal, signal.SIGCONT)

    def thaw(self, router):
        router.process.send_signal(signal.SIGCONT)

    def kill(self, router):
        """As a crash does it: nobody is told."""
        router.process.kill()
        router.process.wait()
