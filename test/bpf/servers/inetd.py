"""inetd.py PORT COMMAND...: starts the command for each connection, with the connection as its standard input."""
import os
import signal
import socket
import sys

port, command = int(sys.argv[1]), sys.argv[2:]
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
listener = socket.create_server(("127.0.0.1", port), backlog=64)
while True:
    connection = listener.accept()[0]
    if os.fork() == 0:
        os.dup2(connection.fileno(), 0)
        connection.close()
        os.execvp(command[0], command)
    connection.close()
