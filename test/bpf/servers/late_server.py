"""HTTPS server that loads its TLS library when the first connection has sent something. Usage: late_server.py PORT FOLDER"""
import socket
import sys

server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
context = None
while True:
    client, _ = server.accept()
    if context is None:
        if not client.recv(1, socket.MSG_PEEK):
            continue
        import ssl

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(f"{sys.argv[2]}/cert.pem", f"{sys.argv[2]}/key.pem")
    try:
        with context.wrap_socket(client, server_side=True) as connection:
            while connection.recv(65536):
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n")
    except OSError:
        pass
