"""Maps a file as code, as a dynamic linker would, in COUNT processes, then listens.
Usage: mapping_server.py PORT FILE COUNT"""
import ctypes
import mmap
import os
import signal
import socket
import sys
import time


def map_file():
    file = os.open(sys.argv[2], os.O_RDONLY)
    return mmap.mmap(file, 4096, prot=mmap.PROT_READ | mmap.PROT_EXEC, flags=mmap.MAP_PRIVATE)


for _ in range(int(sys.argv[3]) - 1):
    parent = os.getpid()
    if os.fork() == 0:
        # Ends with its parent, however that ends (PR_SET_PDEATHSIG).
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
        if os.getppid() != parent:
            sys.exit()
        mapped = map_file()
        time.sleep(300)
        sys.exit()
mapped = map_file()
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True:
    server.accept()[0].close()
