"""Encodes stories (JSON on standard input, see encoders.ts) with the hpack module; base64 blocks as JSON out."""
import base64
import json
import sys

import hpack


def encode(number, story):
    encoder, decoder = hpack.Encoder(), hpack.Decoder()
    decoder.max_allowed_table_size = 65536
    blocks = []
    for block in story:
        for size in block["resize"]:
            encoder.header_table_size = size
        fields = [(hpack.NeverIndexedHeaderTuple if never else hpack.HeaderTuple)(name.encode("latin-1"),
                                                                                    value.encode("latin-1"))
                  for name, value, never in block["fields"]]
        octets = encoder.encode(fields, huffman=number % 4 != 0)
        assert decoder.decode(octets, raw=True) == fields
        blocks.append(base64.b64encode(octets).decode())
    return blocks


stories = json.load(sys.stdin)
json.dump({"version": hpack.__version__, "stories": [encode(n, story) for n, story in enumerate(stories)]}, sys.stdout)
