"""HTTPS server with a thread per connection; OpenSSL reads the socket itself.
Usage: threads.py PORT FOLDER [WORKERS]; WORKERS processes share the listening socket"""
import ctypes
import http.server
import os
import signal
import ssl
import sys


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.headers.get("transfer-encoding") == "chunked":
            while (size := int(self.rfile.readline(), 16)) > 0:
                self.rfile.read(size + 2)
            self.rfile.readline()
        else:
            self.rfile.read(int(self.headers.get("content-length", 0)))
        self.send_response(200)
        self.send_header("content-length", "3")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(b"ok\n")

    do_POST = do_HEAD = do_GET

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128

    def get_request(self):
        client, address = super().get_request()
        # The handshake happens with the first read, in the connection's own thread.
        return context.wrap_socket(client, server_side=True, do_handshake_on_connect=False), address

    def handle_error(self, *_):
        pass


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(f"{sys.argv[2]}/cert.pem", f"{sys.argv[2]}/key.pem")
server = Server(("127.0.0.1", int(sys.argv[1])), Handler)
for _ in range(int(sys.argv[3]) - 1 if len(sys.argv) > 3 else 0):
    parent = os.getpid()
    if os.fork() == 0:
        # Ends with its parent, however that ends (PR_SET_PDEATHSIG).
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
        if os.getppid() != parent:
            sys.exit()
        break
server.serve_forever()
