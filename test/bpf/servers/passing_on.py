"""One process that ends TLS on PORT and passes the connections to PASSED_PORT on to TARGET, bytes as they are.
Usage: passing_on.py PORT PASSED_PORT TARGET FOLDER MODE; MODE is threads (OpenSSL reads the sockets) or asyncio (the program does)"""
import asyncio
import socket
import ssl
import sys
import threading

port, passed_port, target = (int(text) for text in sys.argv[1:4])
folder, mode = sys.argv[4:]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(f"{folder}/cert.pem", f"{folder}/key.pem")
answer = b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nok\n"


def serve(client):
    try:
        with context.wrap_socket(client, server_side=True) as tls:
            while tls.recv(65536):
                tls.sendall(answer)
    except OSError:
        pass


def copy(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def pass_on(client):
    with client, socket.create_connection(("127.0.0.1", target)) as upstream:
        back = threading.Thread(target=copy, args=(upstream, client))
        back.start()
        copy(client, upstream)
        back.join()


def accept(number, handle):
    with socket.create_server(("127.0.0.1", number), backlog=128) as listener:
        while True:
            client, _ = listener.accept()
            threading.Thread(target=handle, args=(client,), daemon=True).start()


async def serve_streams(reader, writer):
    while await reader.read(65536):
        writer.write(answer)
    writer.close()


async def copy_stream(reader, writer):
    while data := await reader.read(65536):
        writer.write(data)
    writer.close()


async def pass_on_streams(reader, writer):
    upstream = await asyncio.open_connection("127.0.0.1", target)
    await asyncio.gather(copy_stream(reader, upstream[1]), copy_stream(upstream[0], writer), return_exceptions=True)


async def serve_all():
    passed = await asyncio.start_server(pass_on_streams, "127.0.0.1", passed_port)
    server = await asyncio.start_server(serve_streams, "127.0.0.1", port, ssl=context)
    await asyncio.gather(passed.serve_forever(), server.serve_forever())


if mode == "threads":
    threading.Thread(target=accept, args=(passed_port, pass_on), daemon=True).start()
    accept(port, serve)
else:
    asyncio.run(serve_all())
