/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* The lines between the chunks of a chunked body, and its trailers, byte by byte (RFC 9112 §7.1). */
#pragma once

#include "http1-framing.h"

/* A bound for chunk sizes: the reader has the same. */
#define MAX_CHUNK_BYTES (1ull << 48)

static __always_inline u32 end_size_line(struct channel *channel)
{
	if (!channel->number) {
		channel->step = STEP_TRAILER_START;
		return WALK_ON;
	}
	channel->phase = PHASE_BODY;
	channel->body_left = channel->number;
	channel->in_chunk = 1;
	/* Many bytes are counted at once. */
	return channel->number > sizeof(channel->text) ? WALK_DONE : WALK_ON;
}

static __always_inline u32 chunk_line_byte(struct channel *channel, u8 byte)
{
	switch (channel->step) {
	case STEP_CHUNK_SIZE: {
		u8 digit = byte - '0';
		if (digit > 9) {
			digit = (byte | 0x20) - 'a';
			digit = digit < 6 ? digit + 10 : 16;
		}
		if (digit < 16) {
			channel->matched = 1;
			channel->number = channel->number << 4 | digit;
			return channel->number < MAX_CHUNK_BYTES ? WALK_ON : WALK_BROKEN;
		}
		if (!channel->matched)
			return WALK_BROKEN;
		channel->step = STEP_CHUNK_BLANK;
	}
		/* fall through */
	case STEP_CHUNK_BLANK:
		/* RFC 9112 §7.1.1: "bad" white space before an extension. */
		if (byte == '\n')
			return end_size_line(channel);
		if (byte == ';')
			channel->step = STEP_CHUNK_EXTENSION;
		return is_blank(byte) || byte == ';' ? WALK_ON : WALK_BROKEN;
	case STEP_CHUNK_EXTENSION:
		return byte == '\n' ? end_size_line(channel) : WALK_ON;
	case STEP_CHUNK_END:
		if (byte == '\r') {
			channel->step = STEP_CHUNK_LINE_FEED;
			return WALK_ON;
		}
		/* fall through */
	case STEP_CHUNK_LINE_FEED:
		if (byte != '\n')
			return WALK_BROKEN;
		channel->step = STEP_CHUNK_SIZE;
		channel->number = 0;
		channel->matched = 0;
		/* A line feed where it should be. */
		channel->guessed = 0;
		return WALK_ON;
	case STEP_TRAILER_START:
		if (byte == '\r')
			return WALK_ON;
		if (byte == '\n') {
			channel->phase = PHASE_EXPECT_HEAD;
			channel->ended = channel->tracked;
			return WALK_DONE;
		}
		channel->step = STEP_TRAILER;
		return WALK_ON;
	default:
		if (byte == '\n')
			channel->step = STEP_TRAILER_START;
		return WALK_ON;
	}
}
