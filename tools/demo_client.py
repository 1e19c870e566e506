"""The demo's client: sends each request that it reads; runs in the service's own environment.

A line of standard input is `GET` or `WEBSOCKET` and a target.
"""

import sys

import httpx2
from websockets.sync.client import connect

CHUNKS = 50
CHUNK = b"\x00" * 320
"""20 ms of speech: 8,000 samples of 16 bits a second."""


def main() -> None:
    address = f"127.0.0.1:{sys.argv[1]}"
    with httpx2.Client(base_url=f"http://{address}") as client:
        for line in sys.stdin:
            method, target = line.split()
            if method == "WEBSOCKET":
                with connect(f"ws://{address}{target}") as session:
                    for _ in range(CHUNKS):
                        session.send(CHUNK)
            else:
                client.request(method, target)


if __name__ == "__main__":
    main()
