"""HTTPS server that feeds the TLS library, and reads for the first time some turns of its loop after the handshake, when
other connections have been received from (as uvloop does). Arguments: port, folder with cert.pem and key.pem."""
import select
import socket
import ssl
import sys

TURNS = 3


class Connection:
    def __init__(self, sock, context):
        self.sock = sock
        self.incoming = ssl.MemoryBIO()
        self.outgoing = ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_side=True)
        self.wait = None
        self.request = b""

    def received(self, data):
        self.incoming.write(data)
        if self.wait is None:
            try:
                self.tls.do_handshake()
                self.wait = TURNS
            except ssl.SSLWantReadError:
                pass
        elif self.wait == 0:
            self.read()
        self.flush()

    def turn(self):
        if self.wait:
            self.wait -= 1
            if self.wait == 0:
                self.read()
                self.flush()

    def read(self):
        while True:
            try:
                data = self.tls.read(65536)
            except ssl.SSLWantReadError:
                return
            if not data:
                return
            self.request += data
            self.answer()

    def answer(self):
        while b"\r\n\r\n" in self.request:
            head, rest = self.request.split(b"\r\n\r\n", 1)
            length = 0
            for line in head.lower().split(b"\r\n"):
                if line.startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            if len(rest) < length:
                return
            self.request = rest[length:]
            self.tls.write(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n")

    def flush(self):
        data = self.outgoing.read()
        if data:
            self.sock.sendall(data)


def main():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[2] + "/cert.pem", sys.argv[2] + "/key.pem")
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=128)
    connections = {}
    while True:
        ready, _, _ = select.select([listener, *connections], [], [], 0.005)
        for one in ready:
            if one is listener:
                accepted, _ = listener.accept()
                connections[accepted] = Connection(accepted, context)
                continue
            try:
                data = one.recv(65536)
                if data:
                    connections[one].received(data)
                    continue
            except (ssl.SSLError, OSError):
                pass
            del connections[one]
            one.close()
        for connection in list(connections.values()):
            connection.turn()


main()
