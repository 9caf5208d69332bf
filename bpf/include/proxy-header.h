/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * The PROXY protocol's header (HAProxy's proxy-protocol.txt, versions 1 and 2) at the start of a connection: where it ends,
 * cut anywhere, so that what follows is classified as if the connection began there. User space reads what it says.
 */
#pragma once

#include "user-buffer.h"

/* §2.1: with CR LF. */
#define MAX_PROXY_V1_BYTES 107
/* §2.2: signature, version and command, family, length. */
#define PROXY_V2_FIXED_BYTES 16
/* Byte by byte a header of version 1, or the fixed part of version 2, and two for each segment of the call. */
#define MAX_PROXY_STEPS (128 + 2 * MAX_SEGMENTS)

enum proxy_stage {
	/* Of the first byte. */
	PROXY_START = 0,
	PROXY_V1 = 1,
	PROXY_V2 = 2,
	/* `proxy_left` bytes of it are to come. */
	PROXY_REST = 3,
	/* It has ended, or there was none. */
	PROXY_PASSED = 4,
};

/* How far the bytes of a call have been gone through. */
struct header_walk {
	struct connection *connection;
	/* The vector behind the current segment. */
	u64 segments;
	u64 segment_count;
	/* The next byte, and how many there are. */
	u64 user;
	u32 left;
	u32 offset;
	u32 length;
	bool readable;
};

static __always_inline bool next_segment(struct header_walk *walk)
{
	struct user_iovec segment = {};
	if (!walk->segment_count || bpf_probe_read_user(&segment, sizeof(segment), (void *)walk->segments))
		return false;
	u32 left = walk->length - walk->offset;
	walk->user = segment.base;
	walk->left = segment.length < left ? segment.length : left;
	walk->segments += sizeof(segment);
	walk->segment_count--;
	return true;
}

/* The next byte: can it be one of a header? */
static __always_inline bool proxy_byte(struct connection *connection, u8 byte)
{
	u32 at = connection->proxy_seen;
	if (!at)
		connection->proxy_stage = byte == 'P' ? PROXY_V1 : PROXY_V2;
	connection->proxy_seen = at + 1;
	if (connection->proxy_stage == PROXY_V1) {
		if (at < 6)
			return byte == (u8)(WORD_OF('P', 'R', 'O', 'X', 'Y', ' ', 0, 0) >> (8 * (at & 7)));
		if (byte == '\n')
			connection->proxy_stage = PROXY_PASSED;
		return byte == '\n' || at + 1 < MAX_PROXY_V1_BYTES;
	}
	if (at < 8)
		return byte == (u8)(WORD_OF('\r', '\n', '\r', '\n', 0, '\r', '\n', 'Q') >> (8 * (at & 7)));
	if (at < 12)
		return byte == (u8)(WORD_OF('U', 'I', 'T', '\n', 0, 0, 0, 0) >> (8 * (at & 7)));
	if (at == PROXY_V2_FIXED_BYTES - 2)
		connection->proxy_left = (u32)byte << 8;
	if (at == PROXY_V2_FIXED_BYTES - 1) {
		connection->proxy_left |= byte;
		connection->proxy_stage = connection->proxy_left ? PROXY_REST : PROXY_PASSED;
	}
	return true;
}

static int proxy_step(u32 index, struct header_walk *walk)
{
	struct connection *connection = walk->connection;
	if (connection->proxy_stage == PROXY_PASSED || walk->offset >= walk->length)
		return 1;
	if (!walk->left) {
		if (next_segment(walk))
			return 0;
		connection->proxy_stage = PROXY_PASSED;
		return 1;
	}
	u32 passed = 1;
	if (connection->proxy_stage == PROXY_REST) {
		passed = connection->proxy_left < walk->left ? connection->proxy_left : walk->left;
		connection->proxy_left -= passed;
		if (!connection->proxy_left)
			connection->proxy_stage = PROXY_PASSED;
	} else {
		u8 byte = 0;
		if (bpf_probe_read_user(&byte, sizeof(byte), (void *)walk->user) || !proxy_byte(connection, byte)) {
			connection->proxy_stage = PROXY_PASSED;
			walk->offset = 0;
			return 1;
		}
	}
	walk->user += passed;
	walk->left -= passed;
	walk->offset += passed;
	return 0;
}

/*
 * The first `length` bytes that pass, or the next while they belong to the header: how many of them do. The connection's stage
 * then says whether it has ended.
 */
static __noinline u32 pass_proxy_header(struct header_walk *walk, const struct user_buffer *buffer)
{
	struct connection *connection = walk->connection;
	bool begun = connection->proxy_seen;
	if (buffer->shape == BUFFER_VECTOR) {
		walk->segments = buffer->base;
		walk->segment_count = buffer->count;
	} else {
		/* What is not in memory can be counted, unless it has to be read. */
		walk->user = buffer->base;
		walk->left = walk->length;
	}
	walk->readable = buffer->shape != BUFFER_NONE;
	if (!walk->readable && connection->proxy_stage != PROXY_REST) {
		connection->proxy_stage = PROXY_PASSED;
		return 0;
	}
	bpf_loop(MAX_PROXY_STEPS, proxy_step, walk, 0);
	if (walk->offset < walk->length)
		connection->proxy_stage = PROXY_PASSED;
	if (begun && !walk->offset && connection->channel.protocol == PROTOCOL_UNDECIDED)
		/* None after all: what came in earlier calls begins a method, or is an empty line. */
		connection->channel.protocol = PROTOCOL_HTTP1;
	return walk->offset;
}

/* The first bytes behind the header, as peek_user(). */
static __always_inline u32 peek_behind_header(struct header_walk *walk, u8 *first, u32 size)
{
	for (u32 i = 0; i < MAX_EMPTY_SEGMENTS && !walk->left; i++)
		if (!next_segment(walk))
			return 0;
	u32 length = walk->left;
	if (length > size)
		length = size;
	return walk->readable && length && bpf_probe_read_user(first, length, (void *)walk->user) == 0 ? length : 0;
}

/* What stands behind the header in the call. */
static __always_inline void copy_behind_header(struct channel *channel, struct header_walk *walk)
{
	u32 left = walk->length - walk->offset;
	u32 here = walk->left < left ? walk->left : left;
	if (!walk->readable) {
		pass_unread(channel, left, DIRECTION_REQUEST);
		return;
	}
	if (here)
		copy_piece(channel, walk->user, here, DIRECTION_REQUEST, true);
	if (left > here)
		copy_vector(channel, walk->segments, walk->segment_count, ((u64)DIRECTION_REQUEST << 32) | (left - here));
}
