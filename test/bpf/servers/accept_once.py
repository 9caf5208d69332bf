"""HTTPS server for one connection: the listening socket is closed as soon as it has accepted. Usage: accept_once.py PORT FOLDER"""
import socket
import ssl
import sys

context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(f"{sys.argv[2]}/cert.pem", f"{sys.argv[2]}/key.pem")
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
# The first connection only asks whether somebody listens.
listener.accept()[0].close()
connection, _ = listener.accept()
listener.close()
connection = context.wrap_socket(connection, server_side=True)
while head := connection.recv(65536):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
