/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * Where the message of an HTTP/1 response stands (RFC 9112 §6.3): in its head, its body or chunks, or unknown. What is not
 * understood is said to be unknown, never guessed.
 */
#pragma once

#include "maps.h"

enum walk_result {
	WALK_ON = 0,
	/* A boundary is behind this byte. */
	WALK_DONE = 1,
	/* This byte does not belong here; it is not used up. */
	WALK_BROKEN = 2,
};

/* Eight bytes as they lie in memory. */
#define WORD_OF(a, b, c, d, e, f, g, h)                                                                        \
	((u64)(a) | (u64)(b) << 8 | (u64)(c) << 16 | (u64)(d) << 24 | (u64)(e) << 32 | (u64)(f) << 40 |        \
	 (u64)(g) << 48 | (u64)(h) << 56)

static __always_inline bool is_blank(u8 byte)
{
	return byte == ' ' || byte == '\t' || byte == '\r';
}

/* Where the response ends, or whether a head follows, is not known from here. */
static __always_inline void lose_track(struct channel *channel)
{
	channel->phase = PHASE_BODY;
	channel->body_left = BODY_LENGTH_UNKNOWN;
	channel->in_chunk = 0;
	channel->tracked = 0;
	channel->ended = 0;
	channel->fresh = 0;
	channel->chained = 0;
}

/* `length` bytes of the body pass; not more than are left of it. */
static __always_inline void body_passes(struct channel *channel, u64 length)
{
	channel->fresh = 0;
	if (channel->body_left != BODY_LENGTH_UNKNOWN)
		channel->body_left -= length;
	if (channel->body_left)
		return;
	channel->phase = PHASE_EXPECT_HEAD;
	if (channel->in_chunk) {
		channel->in_chunk = 0;
		channel->phase = PHASE_CHUNK_LINE;
		channel->step = STEP_CHUNK_END;
	}
}

/* Is more of a response to come? False also when that is not known. */
static __always_inline bool response_under_way(const struct channel *channel)
{
	return channel->phase != PHASE_EXPECT_HEAD &&
	       (channel->phase != PHASE_BODY || channel->body_left != BODY_LENGTH_UNKNOWN);
}

static __always_inline void begin_chunks(struct channel *channel)
{
	channel->phase = PHASE_CHUNK_LINE;
	channel->step = STEP_CHUNK_SIZE;
	channel->number = 0;
	channel->matched = 0;
	channel->in_chunk = 0;
	channel->tracked = 1;
}

/* The head has been read: what follows (RFC 9112 §6.3)? To HEAD nothing does, which the bytes behind it tell. */
static __always_inline void end_head(struct channel *channel)
{
	channel->in_chunk = 0;
	channel->tracked = 0;
	channel->guessed = 0;
	channel->answered |= !channel->interim;
	channel->fresh = 1;
	channel->body_left = BODY_LENGTH_UNKNOWN;
	channel->phase = PHASE_BODY;
	if (channel->upgrade)
		channel->protocol = PROTOCOL_UNDECIDED;
	if (channel->bodiless)
		channel->body_left = 0;
	else if (channel->coding == CODING_CHUNKED)
		begin_chunks(channel);
	else if (channel->coding == CODING_NONE && channel->length_state == LENGTH_KNOWN)
		channel->body_left = channel->head_length;
	if (!channel->body_left)
		channel->phase = PHASE_EXPECT_HEAD;
	else if (channel->phase == PHASE_BODY && channel->body_left == BODY_LENGTH_UNKNOWN)
		channel->chained = 0;
}
