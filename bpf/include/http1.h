/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * HTTP/1 responses: heads are copied, bodies are counted. A head begins where "HTTP/1." stands at the start of a
 * call, behind a body whose Content-Length is known, or at the start of a segment of a vectored call while the length
 * of the body is unknown: together these find each head of pipelined responses, coalesced or not, except behind
 * a chunked body in the same piece of memory. A body that begins with "HTTP/1." is copied like a head, which is harmless:
 * the reader frames the stream itself.
 */
#pragma once

#include "maps.h"

/* Largest piece of a response that is copied at once: it is cut at the end of its head, so reading far ahead would
 * only be thrown away. */
#define RESPONSE_UNIT 2048
/* Of one head. */
#define HEAD_BUDGET 16384
/* Bytes behind the payload that the scan may read: the start of a line at the very end. */
#define SCAN_SLACK 24
/* A Content-Length field of more digits is no length. */
#define MAX_LENGTH_DIGITS 18

#define WORD_OF(a, b, c, d, e, f, g, h)                                                                        \
	((u64)(a) | (u64)(b) << 8 | (u64)(c) << 16 | (u64)(d) << 24 | (u64)(e) << 32 | (u64)(f) << 40 |        \
	 (u64)(g) << 48 | (u64)(h) << 56)
#define LOWER_CASE 0x2020202020202020ull

struct head_scan {
	u8 *data;
	u64 length;
	/* Offset behind the end of the head; 0 = not found. */
	u32 end;
	/* Offset behind "Content-Length:"; 0 = not found. */
	u16 length_at;
	u16 line_filled;
};

/* One 8-byte word. The end of a head is a line feed that ends an empty line (RFC 9112 §2.1, §2.2). */
static int scan_word(u32 index, struct head_scan *scan)
{
	u64 offset = (u64)index * 8;
	u64 length = scan->length;
	if (offset >= length)
		return 1;
	u8 *here = scan->data + offset;
	u64 word = *(u64 *)here;
	u64 feeds = word ^ 0x0a0a0a0a0a0a0a0aull;
	/* No line feed among the eight (exact test of a zero byte in `feeds`). */
	if (!((feeds - 0x0101010101010101ull) & ~feeds & 0x8080808080808080ull)) {
		scan->line_filled = 1;
		return 0;
	}
	for (int i = 0; i < 8; i++) {
		u8 byte = word >> (8 * i);
		if (offset + i >= length)
			return 1;
		if (byte == '\n') {
			if (!scan->line_filled) {
				scan->end = offset + i + 1;
				return 1;
			}
			scan->line_filled = 0;
			u64 line = *(u64 *)(here + i + 1) | LOWER_CASE;
			if (line == WORD_OF('c', 'o', 'n', 't', 'e', 'n', 't', '-') &&
			    (*(u64 *)(here + i + 9) << 8 | LOWER_CASE) ==
				    (WORD_OF(0, 'l', 'e', 'n', 'g', 't', 'h', ':') | LOWER_CASE))
				scan->length_at = offset + i + 16;
		} else if (byte != '\r') {
			scan->line_filled = 1;
		}
	}
	return 0;
}

/*
 * The number at `user`, behind optional white space (RFC 9110 §8.6); BODY_LENGTH_UNKNOWN when there is none. Not static:
 * verified once, not for every size of record (emit.h).
 */
__noinline u64 read_content_length(struct channel *channel, u64 user)
{
	if (!channel)
		return BODY_LENGTH_UNKNOWN;
	u8 *text = channel->digits;
	u64 value = 0;
	u32 digits = 0;
	if (bpf_probe_read_user(text, sizeof(channel->digits), (void *)user))
		return BODY_LENGTH_UNKNOWN;
	for (int i = 0; i < sizeof(channel->digits); i++) {
		u8 byte = text[i];
		if (byte >= '0' && byte <= '9') {
			value = value * 10 + (byte - '0');
			digits++;
		} else if (digits || (byte != ' ' && byte != '\t')) {
			break;
		}
	}
	return digits && digits <= MAX_LENGTH_DIGITS ? value : BODY_LENGTH_UNKNOWN;
}

static __always_inline void end_head(struct channel *channel)
{
	u64 body_left = channel->head_length;
	if (channel->upgrade)
		channel->protocol = PROTOCOL_UNDECIDED;
	/* An interim response is followed by the real one. */
	if (channel->interim || channel->upgrade)
		body_left = 0;
	channel->body_left = body_left;
	channel->phase = body_left ? PHASE_BODY : PHASE_EXPECT_HEAD;
}

/* How many of `length` response bytes at `data`, copied from `user`, belong to the head; moves the phase on. */
static __noinline u32 head_bytes(struct channel *channel, u8 *data, u64 length, u64 user)
{
	struct head_scan scan = {.data = data, .length = length, .line_filled = channel->line_filled};
	bpf_loop(RESPONSE_UNIT / 8 + 1, scan_word, &scan, 0);
	channel->line_filled = scan.line_filled;
	u32 at = scan.length_at;
	/* A number that may go on behind these bytes is not known. */
	if (at && (scan.end ? at < scan.end : at + sizeof(channel->digits) <= length))
		channel->head_length = read_content_length(channel, user + at);
	if (!scan.end)
		return length;
	end_head(channel);
	return scan.end;
}

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
	channel->phase = PHASE_IN_HEAD;
	channel->response_due = 0;
	channel->http1_confirmed = 1;
	channel->head_budget = HEAD_BUDGET;
	channel->head_length = BODY_LENGTH_UNKNOWN;
	channel->line_filled = 1;
	/* "HTTP/1.1 101": the status tells what follows the head. */
	bool informational = length >= 12 && first[9] == '1';
	channel->upgrade = informational && first[10] == '0' && first[11] == '1';
	/* 1xx, but 101 is final for HTTP (RFC 9110 §15.2). */
	channel->interim = informational && !channel->upgrade;
	return true;
}

/* Do response bytes at `user` start a head? */
static __noinline bool start_head(struct channel *channel, u64 user, u32 length)
{
	u8 first[16] = {};
	if (bpf_probe_read_user(first, length < 12 ? length : 12, (void *)user))
		return false;
	return begin_head(channel, first, length);
}
