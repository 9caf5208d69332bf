"""Encodes stories (JSON on standard input, see encoders.ts) with libnghttp2's deflater; base64 blocks as JSON out.

libnghttp2 marks more fields as never indexed than it is told (authorization, short cookies), so its own inflater says
which ones; it also checks that names and values come out as they went in.
"""
import base64
import ctypes
import json
import sys

lib = ctypes.CDLL("libnghttp2.so.14")
NO_INDEX = 1  # NGHTTP2_NV_FLAG_NO_INDEX
LARGEST = 65536


class Nv(ctypes.Structure):
    _fields_ = [("name", ctypes.c_void_p), ("value", ctypes.c_void_p), ("namelen", ctypes.c_size_t),
                ("valuelen", ctypes.c_size_t), ("flags", ctypes.c_uint8)]


class Info(ctypes.Structure):
    _fields_ = [("age", ctypes.c_int), ("version_num", ctypes.c_int), ("version_str", ctypes.c_char_p),
                ("proto_str", ctypes.c_char_p)]


lib.nghttp2_version.restype = ctypes.POINTER(Info)
lib.nghttp2_hd_deflate_new.argtypes = [ctypes.POINTER(ctypes.c_void_p), ctypes.c_size_t]
lib.nghttp2_hd_deflate_change_table_size.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
lib.nghttp2_hd_deflate_hd.restype = ctypes.c_ssize_t
lib.nghttp2_hd_deflate_hd.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.POINTER(Nv),
                                      ctypes.c_size_t]
lib.nghttp2_hd_deflate_del.argtypes = [ctypes.c_void_p]
lib.nghttp2_hd_inflate_new.argtypes = [ctypes.POINTER(ctypes.c_void_p)]
lib.nghttp2_hd_inflate_change_table_size.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
lib.nghttp2_hd_inflate_hd2.restype = ctypes.c_ssize_t
lib.nghttp2_hd_inflate_hd2.argtypes = [ctypes.c_void_p, ctypes.POINTER(Nv), ctypes.POINTER(ctypes.c_int),
                                       ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int]
lib.nghttp2_hd_inflate_end_headers.argtypes = [ctypes.c_void_p]
lib.nghttp2_hd_inflate_del.argtypes = [ctypes.c_void_p]


def text(pointer, length):
    return ctypes.string_at(pointer, length).decode("latin-1") if length else ""


def inflate(inflater, block):
    fields = []
    while True:
        nv, flags = Nv(), ctypes.c_int()
        used = lib.nghttp2_hd_inflate_hd2(inflater, ctypes.byref(nv), ctypes.byref(flags), block, len(block), 1)
        assert used >= 0, used
        block = block[used:]
        if flags.value & 2:  # NGHTTP2_HD_INFLATE_EMIT
            fields.append([text(nv.name, nv.namelen), text(nv.value, nv.valuelen), bool(nv.flags & NO_INDEX)])
        if flags.value & 1:  # NGHTTP2_HD_INFLATE_FINAL
            lib.nghttp2_hd_inflate_end_headers(inflater)
            return fields


def encode(story):
    deflater, inflater = ctypes.c_void_p(), ctypes.c_void_p()
    assert lib.nghttp2_hd_deflate_new(ctypes.byref(deflater), LARGEST) == 0
    assert lib.nghttp2_hd_inflate_new(ctypes.byref(inflater)) == 0
    assert lib.nghttp2_hd_inflate_change_table_size(inflater, LARGEST) == 0
    blocks, meanings = [], []
    for block in story:
        for size in block["resize"]:
            assert lib.nghttp2_hd_deflate_change_table_size(deflater, size) == 0
        octets = [(name.encode("latin-1"), value.encode("latin-1"), never) for name, value, never in block["fields"]]
        nvs = (Nv * len(octets))()
        for nv, (name, value, never) in zip(nvs, octets):
            nv.name = ctypes.cast(ctypes.c_char_p(name), ctypes.c_void_p)
            nv.value = ctypes.cast(ctypes.c_char_p(value), ctypes.c_void_p)
            nv.namelen, nv.valuelen, nv.flags = len(name), len(value), NO_INDEX if never else 0
        out = ctypes.create_string_buffer(65536)
        length = lib.nghttp2_hd_deflate_hd(deflater, out, len(out), nvs, len(nvs))
        assert length >= 0, length
        meaning = inflate(inflater, out.raw[:length])
        assert [field[:2] for field in meaning] == [field[:2] for field in block["fields"]]
        blocks.append(base64.b64encode(out.raw[:length]).decode())
        meanings.append(meaning)
    lib.nghttp2_hd_deflate_del(deflater)
    lib.nghttp2_hd_inflate_del(inflater)
    return blocks, meanings


version = lib.nghttp2_version(0).contents.version_str.decode()
results = [encode(story) for story in json.load(sys.stdin)]
json.dump({"version": version, "stories": [blocks for blocks, _ in results],
           "meanings": [meanings for _, meanings in results]}, sys.stdout)
