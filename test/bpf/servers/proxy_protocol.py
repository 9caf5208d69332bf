"""Answers one request per connection, behind a PROXY header or none. Usage: proxy_protocol.py FOLDER PORT:WAY:LAYER...

WAY is how the first bytes are taken; LAYER is plain, or tls on memory buffers, of which the header's reader may hold the first bytes.
"""
import selectors
import socket
import ssl
import sys
import threading
import time

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


def header_length(data):
    """0 when there is none, None when it cannot be told yet."""
    if data[:6] == b"PROXY "[:len(data)]:
        return data.index(b"\r\n") + 2 if b"\r\n" in data else None
    if data[:12] == SIGNATURE[:len(data)]:
        return 16 + int.from_bytes(data[14:16], "big") if len(data) >= 16 else None
    return 0


def some(data):
    """The end of a connection ends its thread, which would ask for more without end."""
    if not data:
        raise ConnectionError
    return data


def receive(client, way):
    if way == "bytes":
        return some(client.recv(1))
    if way == "vector":
        parts = [bytearray(size) for size in (1, 0, 3, 0, 5, 64, 65536)]
        length = client.recvmsg_into(parts)[0]
        return some(b"".join(parts)[:length])
    if way == "segments":
        parts = [bytearray(64) for _ in range(1024)]
        length = client.recvmsg_into(parts)[0]
        return some(b"".join(parts)[:length])
    return some(client.recv(65536))


def peeked(client):
    while True:
        data = some(client.recv(1 << 17, socket.MSG_PEEK))
        length = header_length(data)
        if length is not None and length <= len(data):
            return length
        time.sleep(0.001)


def behind_header(client, way):
    """The first bytes behind the header."""
    if way.startswith("peek"):
        length = peeked(client)
        if way == "peek-discard" and length:
            assert len(client.recv(length, socket.MSG_TRUNC)) == length
        elif way == "peek-parts":
            while length:
                length -= len(client.recv(min(length, 7)))
        elif length:
            data = receive(client, way.removeprefix("peek-"))
            while len(data) < length:
                data += receive(client, way)
            return data[length:] or receive(client, way)
        return some(client.recv(65536))
    data = receive(client, way)
    while (length := header_length(data)) is None or len(data) < length:
        data += receive(client, way)
    return data[length:] or some(client.recv(65536))


def finish(client):
    """A close with bytes unread would be a reset."""
    client.shutdown(socket.SHUT_WR)
    while client.recv(65536):
        pass


def serve(client, way, tls):
    with client:
        data = behind_header(client, way)
        if tls is None:
            while b"\r\n\r\n" not in data.lstrip():
                data += some(client.recv(65536))
            client.sendall(ANSWER)
            finish(client)
            return
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        above = tls.wrap_bio(incoming, outgoing, server_side=True)
        incoming.write(data)

        def until_done(step):
            while True:
                try:
                    return step()
                except ssl.SSLWantReadError:
                    client.sendall(outgoing.read())
                    incoming.write(some(client.recv(65536)))

        until_done(above.do_handshake)
        client.sendall(outgoing.read())
        until_done(lambda: above.read(65536))
        above.write(ANSWER)
        client.sendall(outgoing.read())
        finish(client)


def run(client, way, tls):
    try:
        serve(client, way, tls)
    except OSError:
        pass


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(f"{sys.argv[1]}/cert.pem", f"{sys.argv[1]}/key.pem")
selector = selectors.DefaultSelector()
for word in sys.argv[2:]:
    port, way, layer = word.split(":")
    listener = socket.create_server(("127.0.0.1", int(port)), backlog=64)
    selector.register(listener, selectors.EVENT_READ, (way, context if layer == "tls" else None))
while True:
    for key, _ in selector.select():
        threading.Thread(target=run, args=(key.fileobj.accept()[0], *key.data), daemon=True).start()
