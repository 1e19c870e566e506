"""The client's side of a WebSocket session: a frame at a time, and its answer."""

import base64
import secrets
import socket

from lines import WrongLine

TEXT, BINARY = 1, 2
"""Opcodes of RFC 6455, section 5.2."""

UPGRADE = (
    "GET /frames HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {}\r\n\r\n"
)


class Session:
    """A session on that connection, which it upgrades."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        key = base64.b64encode(secrets.token_bytes(16)).decode()
        connection.sendall(UPGRADE.format(key).encode())
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self.read()
        if b" 101 " not in answer:
            raise WrongLine(f"a WebSocket was answered {answer.decode()}")

    def read(self) -> bytes:
        part = self.connection.recv(65536)
        if not part:
            raise WrongLine("a WebSocket was closed by its server")
        return part

    def exchange(self, kind: int, payload: bytes) -> bytes:
        """Send one frame, masked as RFC 6455 asks of clients, and read the answer's payload."""
        size = len(payload)
        length = bytes([128 | size]) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
        # A mask of zeros changes no byte.
        self.connection.sendall(bytes([128 | kind]) + length + bytes(4) + payload)
        answer = b""
        while True:
            answer += self.read()
            start = 4 if len(answer) > 1 and answer[1] == 126 else 2
            size = int.from_bytes(answer[2:4], "big") if start == 4 else answer[1]
            if len(answer) >= start + size:
                return answer[start:]
