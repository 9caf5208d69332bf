/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * HTTP/1 responses byte by byte, in whatever pieces they come: heads that are cut or frame their body in an unusual way, and
 * what stands between chunks. Each step reads a few bytes of the process's memory; what is known between two of them is in the channel.
 */
#pragma once

#include "http1-chunk-lines.h"
#include "http1-head-lines.h"

/* One byte of a head or of a chunked body. */
static __always_inline u32 walk_byte(struct channel *channel, u8 byte)
{
	if (channel->phase == PHASE_BODY) {
		body_passes(channel, 1);
		return WALK_ON;
	}
	bool fresh = channel->fresh | channel->guessed;
	channel->fresh = 0;
	bool in_head = channel->phase == PHASE_IN_HEAD;
	u32 result = in_head ? head_byte(channel, byte) : chunk_line_byte(channel, byte);
	if (result != WALK_BROKEN)
		return result;
	lose_track(channel);
	/* Behind the head of a response to HEAD (no size begins like this), or behind what was no chunk. */
	if (!in_head && fresh && byte == 'H')
		channel->phase = PHASE_EXPECT_HEAD;
	return result;
}

/* Some bytes at `user`; gives how many were used up: all, or those up to a boundary or to where the walk ends. */
__noinline u32 walk_some(struct channel *channel, u64 user, u32 length)
{
	if (!channel)
		return length;
	u32 bytes = length;
	barrier_var(bytes);
	if (bytes > sizeof(channel->text))
		bytes = sizeof(channel->text);
	if (bpf_probe_read_user(channel->text, bytes, (void *)user)) {
		lose_track(channel);
		return bytes;
	}
	for (u32 i = 0; i < sizeof(channel->text); i++) {
		if (i >= bytes)
			break;
		u32 result = walk_byte(channel, channel->text[i]);
		if (result == WALK_BROKEN)
			return i;
		if (result == WALK_DONE)
			return i + 1;
	}
	return bytes;
}

struct head_walk {
	struct channel *channel;
	u64 user;
	u32 left;
	u32 used;
};

static int head_walk_step(u32 index, struct head_walk *walk)
{
	if (!walk->left || walk->channel->phase != PHASE_IN_HEAD)
		return 1;
	u32 used = walk_some(walk->channel, walk->user, walk->left);
	if (used > walk->left)
		return 1;
	walk->user += used;
	walk->left -= used;
	walk->used += used;
	return 0;
}

/* How many of `length` bytes at `user` belong to the head; moves the phase on. */
__noinline u32 walk_head(struct channel *channel, u64 user, u32 length)
{
	if (!channel)
		return length;
	struct head_walk walk = {.channel = channel, .user = user, .left = length};
	bpf_loop(RESPONSE_UNIT, head_walk_step, &walk, 0);
	return walk.used;
}
