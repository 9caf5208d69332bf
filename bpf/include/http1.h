/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * HTTP/1 responses: heads are copied, bodies are counted. A head begins where "HTTP/1." stands behind a body whose end is known by
 * Content-Length or chunks, right behind a head (the answer to HEAD has no body), at the start of a call, or at the
 * start of a segment of a vectored call while the end of the body is unknown. What begins like a head in a body
 * is copied too, and the body around it goes on being counted: the reader frames the stream itself.
 *
 * A head that is all there is of its piece, as most servers write it, is not read: a client that does not pipeline sends
 * nothing before the response has ended, so the next one starts a call. It is read when the client was seen to pipeline,
 * and first on each connection. Whether a body is chunked is then seen by its first bytes; the reader knows if it was.
 */
#pragma once

#include "maps.h"

/* Largest piece of a response that is copied at once: it is cut at the end of its head, so reading far ahead would
 * only be thrown away. */
#define RESPONSE_UNIT 2048
/* Of one head. */
#define HEAD_BUDGET 16384

#include "http1-walk.h"

#define LOWER_CASE 0x2020202020202020ull

struct head_scan {
	u8 *data;
	u64 length;
	/* What is found is noted here: the verifier would follow each value of its own on the stack. */
	struct channel *channel;
};

/* One 8-byte word. The end of a head is a line feed that ends an empty line (RFC 9112 §2.1, §2.2). */
static int scan_word(u32 index, struct head_scan *scan)
{
	u64 offset = (u64)index * 8;
	u64 length = scan->length;
	if (offset >= length)
		return 1;
	struct channel *channel = scan->channel;
	u8 *here = scan->data + offset;
	u64 word = *(u64 *)here;
	u64 feeds = word ^ 0x0a0a0a0a0a0a0a0aull;
	/* No line feed among the eight (exact test of a zero byte in `feeds`). */
	if (!((feeds - 0x0101010101010101ull) & ~feeds & 0x8080808080808080ull)) {
		channel->line_filled = 1;
		return 0;
	}
	for (int i = 0; i < 8; i++) {
		u8 byte = word >> (8 * i);
		if (offset + i >= length)
			return 1;
		if (byte == '\n') {
			if (!channel->line_filled) {
				channel->head_end = offset + i + 1;
				return 1;
			}
			channel->line_filled = 0;
			u64 line = *(u64 *)(here + i + 1) | LOWER_CASE;
			if (line == WORD_OF('c', 'o', 'n', 't', 'e', 'n', 't', '-')) {
				if ((*(u64 *)(here + i + 9) << 8 | LOWER_CASE) ==
				    (WORD_OF(0, 'l', 'e', 'n', 'g', 't', 'h', ':') | LOWER_CASE)) {
					channel->several |= channel->length_at;
					channel->length_at = offset + i + 16;
				}
			} else if (line == WORD_OF('t', 'r', 'a', 'n', 's', 'f', 'e', 'r')) {
				channel->several |= channel->coding_at;
				channel->coding_at = offset + i + 1;
			}
		} else if (byte != '\r') {
			channel->line_filled = 1;
		}
	}
	return 0;
}

/*
 * The number at `user`, between optional white space (RFC 9110 §8.6). False when it is not as simple as that. Not static, as others
 * here: verified once, not for every size of record (emit.h).
 */
__noinline int read_content_length(struct channel *channel, u64 user)
{
	if (!channel)
		return false;
	u8 *text = channel->text;
	u64 value = 0;
	u32 digits = 0;
	u8 after = 0;
	if (bpf_probe_read_user(text, sizeof(channel->text), (void *)user))
		return false;
	for (int i = 0; i < sizeof(channel->text); i++) {
		u8 byte = text[i];
		if (byte >= '0' && byte <= '9') {
			value = value * 10 + (byte - '0');
			digits++;
		} else if (digits || (byte != ' ' && byte != '\t')) {
			after = byte;
			break;
		}
	}
	channel->head_length = value;
	channel->length_state = LENGTH_KNOWN;
	return digits && after == '\r' && value < MAX_BODY_DIGITS_VALUE;
}

/* Is the line at `user` the usual "Transfer-Encoding: chunked"? */
__noinline int is_usual_coding(struct channel *channel, u64 user)
{
	if (!channel)
		return false;
	u64 *text = (u64 *)channel->text;
	if (bpf_probe_read_user(text, sizeof(channel->text), (void *)(user + 8)))
		return false;
	return (text[0] | LOWER_CASE) == WORD_OF('-', 'e', 'n', 'c', 'o', 'd', 'i', 'n') &&
	       (text[1] | LOWER_CASE) == WORD_OF('g', ':', ' ', 'c', 'h', 'u', 'n', 'k') &&
	       ((text[2] | 0x2020) & 0xffffffff) == ('e' | 'd' << 8 | 0x0d << 16 | 0x0a << 24);
}

/* "HTTP/1.1 200" */
#define STATUS_LINE_START 12
/* CR LF CR LF */
#define END_OF_HEAD 0x0a0d0a0d

/* Do `length` bytes begin like a response? `first` holds at least twelve, the rest of them undefined. */
static __always_inline bool begin_head(struct channel *channel, const u8 *first, u32 length)
{
	u64 word = *(u64 *)first & 0x00ffffffffffffffull;
	u64 expected = WORD_OF('H', 'T', 'T', 'P', '/', '1', '.', 0);
	if (length < 7) {
		/* Servers without buffers write a head in shreds. */
		u64 mask = (1ull << (8 * (length & 7))) - 1;
		expected &= mask;
		word &= mask;
	}
	if (word != expected)
		return false;
	/* A status line goes on like this (RFC 9112 §4); a body may begin like its first word. */
	if (length >= 12 && (first[8] != ' ' || first[9] < '1' || first[9] > '9' || (u8)(first[10] - '0') > 9 ||
			     (u8)(first[11] - '0') > 9))
		return false;
	/* A response that no request bytes have come before, but for an interim one. */
	if (!channel->response_due && !channel->interim)
		channel->pipelined = 1;
	channel->read_head = channel->pipelined | !channel->answered;
	channel->phase = PHASE_IN_HEAD;
	channel->walks = 0;
	channel->chained_before = channel->chained | !channel->response.position;
	channel->chained = 1;
	channel->head_told = HEAD_UNTOLD;
	channel->response_due = 0;
	channel->http1_confirmed = 1;
	channel->head_budget = HEAD_BUDGET;
	channel->interim = 0;
	channel->upgrade = 0;
	channel->bodiless = 0;
	channel->tracked = 0;
	begin_walk(channel);
	if (length >= 12)
		note_status(channel, (first[9] - '0') * 100 + (first[10] - '0') * 10 + (first[11] - '0'));
	return true;
}

/*
 * How many of the `length` bytes at `data`, copied from `user`, are those of a head that begins with them; moves the phase on. 0:
 * no head, or (PHASE_IN_HEAD) one that does not end in them or frames its body in an unusual way: it is to be walked through.
 */
static __noinline u32 head_bytes(struct channel *channel, u8 *data, u64 length, u64 user)
{
	if (channel->phase == PHASE_EXPECT_HEAD && !begin_head(channel, data, length))
		return 0;
	/* Most servers write a head in one piece of its own: what ends like one needs no search. Should content come
	 * before that end, it is copied too. */
	if (!channel->read_head && !channel->interim && length >= 12 && *(u32 *)(data + length - 4) == END_OF_HEAD) {
		end_head(channel);
		return length;
	}
	struct head_scan scan = {.data = data, .length = length, .channel = channel};
	channel->head_end = 0;
	channel->length_at = 0;
	channel->coding_at = 0;
	channel->several = 0;
	channel->line_filled = 1;
	bpf_loop(RESPONSE_UNIT / 8 + 1, scan_word, &scan, 0);
	u32 end = channel->head_end;
	if (!end || channel->several)
		return 0;
	if (channel->coding_at) {
		if (!is_usual_coding(channel, user + channel->coding_at))
			return 0;
		channel->coding = CODING_CHUNKED;
	} else if (channel->length_at && !read_content_length(channel, user + channel->length_at)) {
		channel->length_state = LENGTH_NONE;
		return 0;
	}
	end_head(channel);
	return end;
}

/* Hexadecimal digits, and what follows them in the line before a chunk? */
static __always_inline bool begins_chunk(const u8 *first, u32 length)
{
	if (first[0] > 'f')
		return false;
	for (u32 i = 0; i < 12; i++) {
		u8 byte = first[i];
		if (i >= length)
			return true;
		if ((u8)(byte - '0') <= 9 || (u8)((byte | 0x20) - 'a') < 6)
			continue;
		return i && (is_blank(byte) || byte == '\n' || byte == ';');
	}
	return false;
}

/* What begins in a body of known extent looks like a head. Beyond the largest number of such bodies the innermost is forgotten. */
static __always_inline void note_outer(struct channel *channel)
{
	u32 free = channel->outer_bodies;
	if (free >= MAX_OUTER_BODIES)
		return;
	channel->outer_ends[free] = channel->response.position + channel->body_left;
	channel->outer_bodies = free + 1;
}

/* Do response bytes at `user` start a head, or the chunks behind one that was not read? */
__noinline int start_head(struct channel *channel, u64 user, u32 length)
{
	if (!channel)
		return false;
	u8 first[16] = {};
	if (bpf_probe_read_user(first, length < 12 ? length : 12, (void *)user)) {
		channel->fresh = 0;
		return false;
	}
	bool counted = channel->phase == PHASE_BODY && channel->body_left != BODY_LENGTH_UNKNOWN && !channel->in_chunk;
	if (begin_head(channel, first, length)) {
		channel->in_chunk = 0;
		channel->fresh = 0;
		if (counted) {
			channel->chained_before = 0;
			note_outer(channel);
		}
		return true;
	}
	bool chunks = channel->fresh && channel->phase == PHASE_BODY && !counted && begins_chunk(first, length);
	channel->fresh = 0;
	if (chunks) {
		begin_chunks(channel);
		channel->guessed = 1;
	}
	return false;
}

/* The next bytes are the first of a piece, a new call's if `call_starts`: what can be there? */
static __always_inline void expect_head(struct channel *channel, u64 user, u32 length, bool call_starts)
{
	bool unknown = channel->body_left == BODY_LENGTH_UNKNOWN;
	if (channel->phase == PHASE_BODY && !channel->in_chunk) {
		if (unknown && call_starts && channel->response_due)
			/* Most likely: looked at once it is copied, instead of twice. */
			channel->phase = PHASE_EXPECT_HEAD;
		else if (call_starts || unknown)
			start_head(channel, user, length);
	} else if (channel->guessed && call_starts && channel->response_due && length >= STATUS_LINE_START &&
		   (channel->in_chunk || channel->phase == PHASE_CHUNK_LINE)) {
		/* The length of the first one was none, but a line of text. */
		start_head(channel, user, length);
	}
}

/*
 * A body that is being counted goes on around what looks like a head in it, as all of it may be content: where the body ends
 * a head is looked for, whatever has been found within. How many of `length` bytes lie before the next such end.
 */
__noinline u32 within_outer(struct channel *channel, u64 user, u32 length)
{
	if (!channel)
		return length;
	u64 position = channel->response.position;
	u8 phase = channel->phase;
	bool ends = false;
	u32 left = 0;
	u32 bodies = channel->outer_bodies;
	for (u32 i = 0; i < MAX_OUTER_BODIES; i++) {
		if (i >= bodies)
			break;
		u64 end = channel->outer_ends[i];
		if (end > position) {
			if (end - position < length)
				length = end - position;
			if (left < MAX_OUTER_BODIES)
				channel->outer_ends[left++] = end;
		} else if (end == position) {
			ends = true;
		}
	}
	channel->outer_bodies = left;
	if (!ends)
		return length;
	/* A shred cannot tell; what seems to be a head is copied to its end, and so is one that begins here. */
	if (phase == PHASE_IN_HEAD && length < STATUS_LINE_START)
		return length;
	channel->phase = PHASE_EXPECT_HEAD;
	channel->chained = 0;
	if (!start_head(channel, user, length))
		channel->phase = phase;
	return length;
}
