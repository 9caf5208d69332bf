"""Python's own HTTP server, a thread per connection, answering in chunks with the target in X-Target.
Usage: chunked_server.py PORT"""
import http.server
import sys


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200)
        self.send_header("X-Target", self.path)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for part in (b"HTTP/1.1 599 Fake\r\n\r\n", b"x" * len(self.path)):
            self.wfile.write(b"%x\r\n" % len(part))
            self.wfile.write(part + b"\r\n")
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
