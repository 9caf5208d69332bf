"""Does with connections what servers and clients rarely do; standard input says what, standard output what came of it.

Each line of input is a JSON array: a command, the name of a listener or connection, more. Each is answered by a line of JSON.
"""
import ctypes
import fcntl
import json
import socket
import struct
import sys

listeners, servers, clients = {}, {}, {}
families = {"4": (socket.AF_INET, "127.0.0.1"), "6": (socket.AF_INET6, "::1"), "mapped": (socket.AF_INET6, "::")}


def read(connection):
    """What comes until the end of a request or of the connection."""
    data = b""
    while b"\r\n\r\n" not in data:
        try:
            more = connection.recv(65536)
        except ConnectionResetError:
            return data.decode() + "<reset>"
        if not more:
            break
        data += more
    return data.decode()


def run(words):
    command, name, *rest = words
    if command == "namespace":
        # A network namespace with a loopback interface and TCP Fast Open without cookies.
        assert ctypes.CDLL(None, use_errno=True).unshare(0x40000000) == 0, ctypes.get_errno()
        with socket.socket() as any_socket:
            fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh", b"lo", 1))
        with open("/proc/sys/net/ipv4/tcp_fastopen", "w") as setting:
            setting.write("519")
        return None
    if command == "listen":
        family, address = families[rest[0]]
        listener = socket.socket(family, socket.SOCK_STREAM, 262 if "mptcp" in rest else 0)
        if rest[0] == "mapped":
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        if "reuse" in rest:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if "fast" in rest:
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_FASTOPEN, 16)
        port = next((int(word[5:]) for word in rest if word.startswith("port=")), 0)
        listener.bind((address, port))
        listener.listen(64)
        listeners[name] = (listener, rest[0])
        return listener.getsockname()[1]
    if command == "close-listener":
        listeners.pop(name)[0].close()
    elif command == "connect":
        listener, family = listeners[name]
        kind, address = families["4" if family == "mapped" else family]
        client = socket.socket(kind, socket.SOCK_STREAM, 262 if "mptcp" in rest else 0)
        target = (address, listener.getsockname()[1])
        fast = next((word[5:] for word in rest if word.startswith("fast=")), None)
        if fast is not None:
            client.sendto(fast.encode(), socket.MSG_FASTOPEN, target)
        else:
            client.connect(target)
        clients[rest[0]] = client
        return client.getsockname()[1]
    elif command == "accept":
        servers[rest[0]] = listeners[name][0].accept()[0]
    elif command == "read":
        return read(servers[name])
    elif command == "take":
        return servers[name].recv(65536).decode("latin1")
    elif command == "write":
        servers[name].sendall(rest[0].encode("latin1"))
    elif command == "send":
        clients[name].sendall(rest[0].encode("latin1"))
    elif command == "oob":
        clients[name].send(rest[0].encode(), socket.MSG_OOB)
    elif command == "half-close":
        (servers if name in servers else clients)[name].shutdown(socket.SHUT_WR)
    elif command == "reset":
        peers = servers if name in servers else clients
        peers[name].setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        peers.pop(name).close()
    elif command == "receive":
        return read(clients[name])
    elif command == "close":
        (servers if name in servers else clients).pop(name).close()
    else:
        raise ValueError(command)
    return None


for line in sys.stdin:
    print(json.dumps(run(json.loads(line))), flush=True)
