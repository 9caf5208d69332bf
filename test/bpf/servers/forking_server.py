"""HTTPS server that is served by its parent until SIGUSR1, then by a child; SIGUSR2 makes it another program. Usage: forking_server.py PORT FOLDER"""
import os
import signal
import socket
import ssl
import sys

context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(f"{sys.argv[2]}/cert.pem", f"{sys.argv[2]}/key.pem")
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))


def hand_over(*_):
    if os.fork() > 0:
        while True:
            signal.pause()


signal.signal(signal.SIGUSR1, hand_over)
signal.signal(signal.SIGUSR2, lambda *_: os.execvp("sleep", ["sleep", "600"]))
while True:
    client, _ = listener.accept()
    try:
        with context.wrap_socket(client, server_side=True) as connection:
            while connection.recv(65536):
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n")
    except OSError:
        pass
