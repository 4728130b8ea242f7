"""A client process that a test kills: victim.py consume|produce|hold PORT ADDRESS

consume  takes the first frame of a delivery and nothing more
produce  sends the first frames of a delivery and nothing more
hold     takes a whole delivery and does not settle it

Prints "attached", then "begun" when it is that far, and then waits to be killed.
"""
import select
import signal
import sys

import raw


def wait_until(readable, what):
    while not readable():
        select.select([], [], [], 0.01)


def main(part, port, address):
    peer = raw.Peer(int(port), wait_until, receive_buffer=4096).handshake(max_frame=4096)
    if part == "produce":
        peer.attach(raw.SENDER, address)
        print("attached", flush=True)
        peer.send(raw.transfer(0, more=True), raw.body(bytes(200_000))[:1000])
        for _ in range(70):  # between loops less than 64 KiB waits for the rest
            peer.send(raw.transfer(more=True), bytes(1000))
    else:
        peer.attach(raw.RECEIVER, address)
        peer.send(raw.link_flow(1))
        print("attached", flush=True)
        frame = peer.expect(raw.TRANSFER)
        while part == "hold" and frame.field(5):
            frame = peer.expect(raw.TRANSFER)
    print("begun", flush=True)
    signal.pause()


if __name__ == "__main__":
    main(*sys.argv[1:])
