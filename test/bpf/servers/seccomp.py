"""Runs a command under a seccomp filter that refuses the system calls which the kernel uses for probes on x86-64
(335 uretprobe, 336 uprobe), as container runtimes refuse whatever they do not know.
Usage: seccomp.py EPERM|KILL COMMAND ARGUMENT..."""
import ctypes
import os
import struct
import sys

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
REFUSALS = {"EPERM": 0x00050001, "KILL": 0x80000000}
ALLOW = 0x7FFF0000


def instruction(code, jt, jf, k):
    return struct.pack("HBBI", code, jt, jf, k)


program = b"".join(
    [
        instruction(0x20, 0, 0, 0),  # A = number
        instruction(0x35, 0, 2, 335),  # A >= 335, else allow
        instruction(0x25, 1, 0, 336),  # A > 336: allow
        instruction(0x06, 0, 0, REFUSALS[sys.argv[1]]),
        instruction(0x06, 0, 0, ALLOW),
    ]
)
libc = ctypes.CDLL(None, use_errno=True)
filters = ctypes.create_string_buffer(program, len(program))
header = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(filters)))
if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, header, 0, 0):
    raise OSError(ctypes.get_errno(), "cannot set the filter")
os.execvp(sys.argv[2], sys.argv[2:])
