"""Answers pipelined GET and HEAD requests as their targets say, over plain TCP.
Usage: pipelining.py PORT

/N?framing=chunked|length|mixed&write=joined|vector|bytes|calls: request N is answered with the header field X-Target; those
that have come are answered together, in one write, in one vectored write, byte by byte, or with a write for each part."""
import re
import socket
import sys
import threading
from urllib.parse import parse_qs, urlsplit

FAKE = b"HTTP/1.1 599 Fake\r\nContent-Length: 7\r\n\r\n"
REQUEST = re.compile(rb"(GET|HEAD) (\S+) HTTP/1\.1\r\n(?:[^\r\n]+\r\n)*\r\n")


def parts_of(method, target):
    url = urlsplit(target.decode())
    index = int(url.path.strip("/"))
    framing = parse_qs(url.query)["framing"][0]
    interim = [b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"] if index % 7 == 3 else []
    head = b"HTTP/1.1 %d Status\r\nX-Target: %s\r\n" % (200 + index % 3, target)
    body = [FAKE, b"5\r\n", b"x" * (index * 37 % 300 + 1), b"0\r\n\r\n" + FAKE][index % 4:]
    if index % 11 == 5:
        return interim + [b"HTTP/1.1 304 Not Modified\r\nX-Target: %s\r\nTransfer-Encoding: chunked\r\n\r\n" % target]
    if framing == "length" or (framing == "mixed" and index % 2):
        head += b"Content-Length: %d\r\n\r\n" % sum(map(len, body))
        return interim + [head] + ([] if method == b"HEAD" else body)
    head += b"Content-Length: 3\r\n" if index % 5 == 1 else b""
    head += b"Transfer-Encoding: chunked\r\n\r\n"
    chunks = [b"%X%s\r\n%s\r\n" % (len(one), b";name=value" if index % 3 else b"", one) for one in body]
    end = b"0\r\nX-Trailer: HTTP/1.1 200 OK\r\n\r\n" if index % 2 else b"0\r\n\r\n"
    return interim + [head] + ([] if method == b"HEAD" else chunks + [end])


def serve(client):
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    received = b""
    with client:
        while data := client.recv(65536):
            received += data
            parts, write, end = [], "joined", 0
            for match in REQUEST.finditer(received):
                method, target = match.groups()
                write = parse_qs(urlsplit(target.decode()).query)["write"][0]
                parts += parts_of(method, target)
                end = match.end()
            received = received[end:]
            if write == "joined":
                client.sendall(b"".join(parts))
            elif write == "vector":
                for at in range(0, len(parts), 900):
                    some = parts[at:at + 900]
                    sent = client.sendmsg(some)
                    client.sendall(b"".join(some)[sent:])
            else:
                for piece in parts if write == "calls" else (b"%c" % byte for byte in b"".join(parts)):
                    client.sendall(piece)


listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=64)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
