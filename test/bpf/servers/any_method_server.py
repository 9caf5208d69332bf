"""Python's own HTTP server, which answers every method, CONNECT included, with content and the target in X-Target, and goes on.
Usage: any_method_server.py PORT"""
import http.server
import sys


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        content = b"HTTP/1.1 599 Fake\r\n\r\n"
        self.send_response(200)
        self.send_header("X-Target", self.path)
        chunked = "chunked" in self.path
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(b"%x\r\n%b\r\n0\r\n\r\n" % (len(content), content) if chunked else content)

    def __getattr__(self, name):
        if name.startswith("do_"):
            return self.answer
        raise AttributeError(name)

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
