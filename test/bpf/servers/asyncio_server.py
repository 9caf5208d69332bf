"""HTTPS server on asyncio: one thread, the program reads the sockets, OpenSSL works on memory buffers.
Usage: asyncio_server.py PORT FOLDER"""
import asyncio
import ssl
import sys


async def serve(reader, writer):
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = 0
            chunked = close = False
            for line in head.split(b"\r\n"):
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
                chunked |= name.lower() == b"transfer-encoding"
                close |= line.lower() == b"connection: close"
            while chunked and (size := int(await reader.readuntil(b"\r\n"), 16)) > 0:
                await reader.readexactly(size + 2)
            await reader.readexactly(2 if chunked else length)
            body = b"" if head.startswith(b"HEAD") else b"ok\n"
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n" + body)
            await writer.drain()
            if close:
                writer.close()
                return
    except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
        writer.close()


async def main():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{sys.argv[2]}/cert.pem", f"{sys.argv[2]}/key.pem")
    server = await asyncio.start_server(serve, "127.0.0.1", int(sys.argv[1]), ssl=context, backlog=128)
    await server.serve_forever()


asyncio.run(main())
