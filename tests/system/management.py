"""A management client that sends what the original qdstat and qdmanage send."""
from proton import Message
from proton.utils import BlockingConnection, SyncRequestResponse

PREFIX = "org.apache.qpid.dispatch."
PAGE = 500  # rows the original asks for at once


class Refused(Exception):
    """The router's answer is not a 2xx."""

    def __init__(self, status, description):
        super().__init__(f"{status} {description}")
        self.status = status
        self.description = description


class Node:
    """One router's `$management`, on a connection of its own."""

    def __init__(self, url, timeout, address="$management", **options):
        self.connection = BlockingConnection(url, timeout=timeout, **options)
        self.client = SyncRequestResponse(self.connection, address)

    def close(self):
        self.connection.close()

    def request(self, properties, body=None):
        """The whole response message, whatever its status."""
        message = Message()
        message.properties = {k: v for k, v in properties.items() if v is not None}
        message.body = {} if body is None else body
        return self.client.call(message)

    def call(self, operation, type=None, name=None, identity=None, body=None, **properties):
        """The response's body."""
        if type and "." not in type or type and type.startswith("router."):
            type = PREFIX + type
        response = self.request({"operation": operation, "type": type, "name": name,
                                 "identity": identity, **properties}, body)
        status = response.properties["statusCode"]
        if status not in (200, 201, 204):
            raise Refused(status, response.properties["statusDescription"])
        return response.body

    def node_call(self, operation, **properties):
        """An operation of the agent itself."""
        return self.call(operation, type="org.amqp.management", name="self", **properties)

    def query(self, type=None, attributes=(), page=PAGE):
        """All entities of a type as dicts."""
        rows, offset = [], 0
        while True:
            response = self.request(
                {"operation": "QUERY", "type": "org.amqp.management", "name": "self",
                 "entityType": type and (type if type.startswith("org.") else PREFIX + type),
                 "offset": offset, "count": page},
                {"attributeNames": list(attributes)})
            if response.properties["statusCode"] != 200:
                raise Refused(response.properties["statusCode"],
                              response.properties["statusDescription"])
            names, results = response.body["attributeNames"], response.body["results"]
            assert all(len(row) == len(names) for row in results)
            rows += [dict(zip(names, row)) for row in results]
            offset += len(results)
            if len(results) < page:
                return rows
