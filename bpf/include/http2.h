/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * HTTP/2 responses: every frame header and every payload but that of DATA frames is copied; the payload of DATA
 * frames (padding included) is a gap (RFC 9113 §4.1, §6.1). HEADERS, CONTINUATION, PUSH_PROMISE, RST_STREAM, SETTINGS
 * and what extensions define are never left out: HPACK decoding needs each field block (RFC 7541 §2.2).
 */
#pragma once

#include "maps.h"

enum frame_type {
	FRAME_DATA = 0,
	FRAME_HEADERS = 1,
	FRAME_PRIORITY = 2,
	FRAME_RST_STREAM = 3,
	FRAME_SETTINGS = 4,
	FRAME_PUSH_PROMISE = 5,
	FRAME_PING = 6,
	FRAME_GOAWAY = 7,
	FRAME_WINDOW_UPDATE = 8,
	FRAME_CONTINUATION = 9,
};

/* SETTINGS_MAX_FRAME_SIZE unless negotiated (RFC 9113 §6.5.2): only asked of frames whose place is a guess. */
#define USUAL_MAX_FRAME_BYTES 16384

static __always_inline u32 frame_length(const u8 *header)
{
	return (u32)header[0] << 16 | (u32)header[1] << 8 | header[2];
}

static __always_inline bool on_stream_zero(const u8 *header)
{
	return !((header[5] & 0x7f) | header[6] | header[7] | header[8]);
}

/* Can these nine bytes be the header of one of the frames of RFC 9113 §6? Decides where to join a connection. */
static __always_inline bool plausible_frame(const u8 *header)
{
	u32 length = frame_length(header);
	bool zero = on_stream_zero(header);
	u8 type = header[3];
	u8 flags = header[4];
	if (length > USUAL_MAX_FRAME_BYTES || header[5] & 0x80)
		return false;
	switch (type) {
	case FRAME_DATA:
		return !zero && !(flags & ~0x09);
	case FRAME_HEADERS:
		return !zero && length && !(flags & ~0x2d);
	case FRAME_PRIORITY:
		return !zero && length == 5 && !flags;
	case FRAME_RST_STREAM:
		return !zero && length == 4 && !flags;
	case FRAME_SETTINGS:
		return zero && length % 6 == 0 && !(flags & ~0x01);
	case FRAME_PUSH_PROMISE:
		return !zero && length >= 4 && !(flags & ~0x0c);
	case FRAME_PING:
		return zero && length == 8 && !(flags & ~0x01);
	case FRAME_GOAWAY:
		return zero && length >= 8 && !flags;
	case FRAME_WINDOW_UPDATE:
		return length == 4 && !flags;
	case FRAME_CONTINUATION:
		return !zero && !(flags & ~0x04);
	}
	return false;
}

/* The first frame of a server (RFC 9113 §3.4), which may come before the client's preface has been read. */
static __always_inline bool is_server_preface(const u8 *header)
{
	return header[3] == FRAME_SETTINGS && !header[4] && plausible_frame(header);
}

/* `length` bytes of the stream pass without being looked at. True when all of them are payload of a DATA frame. */
static __always_inline bool skip_frame_bytes(struct frames *frames, u32 length)
{
	if (frames->synchronised && length <= frames->left) {
		frames->left -= length;
		return frames->type == FRAME_DATA;
	}
	frames->synchronised = 0;
	frames->left = 0;
	frames->have = 0;
	return false;
}
