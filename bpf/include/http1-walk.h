/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * HTTP/1 responses byte by byte, in whatever pieces they come: heads that are cut or frame their body in an unusual way,
 * and the lines between the chunks of a chunked body (RFC 9112 §7.1). Each step reads a few bytes of the process's memory; what
 * is known between two of them is in the channel. What is not understood is said to be unknown, never guessed.
 */
#pragma once

#include "maps.h"

/* Largest Content-Length that is taken for one, and a bound for chunk sizes: the reader has the same. */
#define MAX_BODY_DIGITS_VALUE 1000000000000000ull
#define MAX_CHUNK_BYTES (1ull << 48)

#define CHUNKED_WORD                                                                                           \
	((u64)'c' << 48 | (u64)'h' << 40 | (u64)'u' << 32 | (u64)'n' << 24 | (u64)'k' << 16 | (u64)'e' << 8 | 'd')

enum walk_result {
	WALK_ON = 0,
	/* A boundary is behind this byte. */
	WALK_DONE = 1,
	/* This byte does not belong here; it is not used up. */
	WALK_BROKEN = 2,
};

enum framing_field { FIELD_LENGTH = 0, FIELD_CODING = 1 };

#define WORD_OF(a, b, c, d, e, f, g, h)                                                                        \
	((u64)(a) | (u64)(b) << 8 | (u64)(c) << 16 | (u64)(d) << 24 | (u64)(e) << 32 | (u64)(f) << 40 |        \
	 (u64)(g) << 48 | (u64)(h) << 56)

/* The letter at `at` of "content-length:" or "transfer-encoding:"; 0 behind it. */
static __always_inline u8 name_letter(u32 field, u32 at)
{
	u64 letters = 0;
	if (at < 8)
		letters = field == FIELD_CODING ? WORD_OF('t', 'r', 'a', 'n', 's', 'f', 'e', 'r') :
						  WORD_OF('c', 'o', 'n', 't', 'e', 'n', 't', '-');
	else if (at < 16)
		letters = field == FIELD_CODING ? WORD_OF('-', 'e', 'n', 'c', 'o', 'd', 'i', 'n') :
						  WORD_OF('l', 'e', 'n', 'g', 't', 'h', ':', 0);
	else if (at < 18 && field == FIELD_CODING)
		letters = WORD_OF('g', ':', 0, 0, 0, 0, 0, 0);
	return letters >> (8 * (at & 7));
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

/* @status: three digits */
static __always_inline void note_status(struct channel *channel, u32 status)
{
	/* 101 is final for HTTP (RFC 9110 §15.2); any other 1xx is followed by the real response. */
	channel->upgrade = status == 101;
	channel->interim = status < 200 && status != 101;
	channel->bodiless = status < 200 || status == 204 || status == 304;
}

static __always_inline void begin_walk(struct channel *channel)
{
	channel->step = STEP_STATUS_LINE;
	channel->matched = 0;
	channel->number = 0;
	channel->coding = CODING_NONE;
	channel->length_state = LENGTH_NONE;
}

static __always_inline bool is_blank(u8 byte)
{
	return byte == ' ' || byte == '\t' || byte == '\r';
}

static __always_inline u32 status_line_byte(struct channel *channel, u8 byte)
{
	u32 at = channel->matched;
	if (at >= 12) {
		if (byte == '\n')
			channel->step = STEP_LINE_START;
		return WALK_ON;
	}
	channel->matched = at + 1;
	bool digit = (u8)(byte - '0') <= 9;
	if (at < 7 ? byte != (u8)(WORD_OF('H', 'T', 'T', 'P', '/', '1', '.', 0) >> (8 * (at & 7))) : at == 8 ? byte != ' ' : !digit)
		return WALK_BROKEN;
	if (at == 9)
		channel->number = 0;
	if (at >= 9)
		channel->number = channel->number * 10 + (byte - '0');
	if (at == 11) {
		if (channel->number < 100)
			return WALK_BROKEN;
		note_status(channel, channel->number);
	}
	return WALK_ON;
}

/* One of the values of a list ends: several equal lengths are one (RFC 9112 §6.3), the last coding decides (§6.1). */
static __always_inline void end_value(struct channel *channel)
{
	if (channel->field == FIELD_CODING) {
		if (channel->matched)
			channel->coding = channel->number == CHUNKED_WORD ? CODING_CHUNKED : CODING_OTHER;
		else if (channel->coding == CODING_NONE)
			channel->coding = CODING_OTHER;
	} else if (!channel->matched || (channel->length_state == LENGTH_KNOWN && channel->head_length != channel->number)) {
		channel->length_state = LENGTH_INVALID;
	} else if (channel->length_state == LENGTH_NONE) {
		channel->length_state = LENGTH_KNOWN;
		channel->head_length = channel->number;
	}
	channel->number = 0;
	channel->matched = 0;
	channel->value_ended = 0;
}

static __always_inline void value_byte(struct channel *channel, u8 byte)
{
	if (byte == '\n' || byte == ',') {
		end_value(channel);
		if (byte == '\n')
			channel->step = STEP_LINE_START;
		return;
	}
	if (is_blank(byte)) {
		channel->value_ended = channel->matched;
		return;
	}
	channel->matched = 1;
	if (channel->field == FIELD_CODING) {
		/* Of a longer word the last eight letters: enough to know that it is another one. */
		channel->number = channel->value_ended ? ~0ull : channel->number << 8 | byte | 0x20;
		return;
	}
	u8 digit = byte - '0';
	if (channel->value_ended || digit > 9 || channel->number >= MAX_BODY_DIGITS_VALUE / 10)
		channel->length_state = LENGTH_INVALID;
	else
		channel->number = channel->number * 10 + digit;
}

static __always_inline u32 head_byte(struct channel *channel, u8 byte)
{
	u32 at = channel->matched;
	switch (channel->step) {
	case STEP_STATUS_LINE:
		return status_line_byte(channel, byte);
	case STEP_LINE_START:
		if (byte == '\n') {
			end_head(channel);
			return WALK_DONE;
		}
		if (byte == '\r')
			return WALK_ON;
		channel->field = (byte | 0x20) == 't' ? FIELD_CODING : FIELD_LENGTH;
		channel->matched = 1;
		channel->step = (byte | 0x20) == 't' || (byte | 0x20) == 'c' ? STEP_NAME : STEP_LINE;
		if (is_blank(byte)) {
			/* A line that goes on (§5.2): which field it belongs to is not kept. */
			channel->length_state = LENGTH_INVALID;
			if (channel->coding != CODING_NONE)
				channel->coding = CODING_OTHER;
		}
		return WALK_ON;
	case STEP_NAME:
		if ((byte | 0x20) == name_letter(channel->field, at)) {
			channel->matched = at + 1;
			if (byte == ':') {
				channel->step = STEP_VALUE;
				channel->number = 0;
				channel->matched = 0;
				channel->value_ended = 0;
			}
			return WALK_ON;
		}
		if (is_blank(byte) && name_letter(channel->field, at) == ':') {
			/* White space before the colon (§5.1). */
			channel->length_state = LENGTH_INVALID;
			if (channel->field == FIELD_CODING)
				channel->coding = CODING_OTHER;
		}
		channel->step = byte == '\n' ? STEP_LINE_START : STEP_LINE;
		return WALK_ON;
	case STEP_VALUE:
		value_byte(channel, byte);
		return WALK_ON;
	default:
		if (byte == '\n')
			channel->step = STEP_LINE_START;
		return WALK_ON;
	}
}

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
