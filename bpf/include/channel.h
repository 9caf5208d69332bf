/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* What is copied of a channel: requests whole, of responses only the heads. */
#pragma once

#include "emit.h"

/* Response bytes copied per request event, at most: the head of HTTP/1, the first frames of HTTP/2. */
#define RESPONSE_BUDGET 16384
/* 256 units of a request are 4 MiB in one call; what is beyond is a gap. */
#define MAX_UNITS 256

struct piece {
	struct channel *channel;
	u64 user;
	u32 remaining;
	u32 direction;
};

/* At the start of response bytes: does a head start here? */
static __always_inline void start_head(struct channel *channel, u64 user, u32 length)
{
	u8 first[12] = {};
	if (bpf_probe_read_user(first, length < sizeof(first) ? length : sizeof(first), (void *)user))
		return;
	if (first[0] == 'H' && first[1] == 'T' && first[2] == 'T' && first[3] == 'P' && first[4] == '/') {
		channel->phase = PHASE_IN_HEAD;
		channel->line_filled = 1;
		/* 1xx, but 101 is final for HTTP (RFC 9110 §15.2). */
		channel->interim = first[9] == '1' && !(first[10] == '0' && first[11] == '1');
	}
}

static int copy_step(u32 index, struct piece *piece)
{
	struct channel *channel = piece->channel;
	u32 unit = piece->remaining;
	if (!unit)
		return 1;
	if (piece->direction == DIRECTION_REQUEST) {
		if (unit > REQUEST_UNIT)
			unit = REQUEST_UNIT;
	} else {
		if (!channel->budget)
			channel->phase = PHASE_BODY;
		if (channel->phase == PHASE_BODY)
			return 1;
		if (channel->protocol != PROTOCOL_HTTP2) {
			if (channel->phase == PHASE_EXPECT_HEAD)
				start_head(channel, piece->user, unit);
			if (channel->phase != PHASE_IN_HEAD)
				return 1;
		}
		if (unit > RESPONSE_UNIT)
			unit = RESPONSE_UNIT;
		if (unit > channel->budget)
			unit = channel->budget;
		channel->budget -= unit;
	}
	u32 done = copy_unit(channel, piece->user, unit, piece->direction);
	piece->user += done;
	piece->remaining -= done;
	return 0;
}

/* One contiguous piece of memory of the current process that passed through the channel. */
__noinline int copy_piece(struct channel *channel, u64 user, u32 length, u32 direction)
{
	if (!channel)
		return 0;
	struct piece piece = {.channel = channel, .user = user, .remaining = length, .direction = direction};
	bpf_loop(MAX_UNITS, copy_step, &piece, 0);
	if (piece.remaining)
		add_gap(channel, direction, piece.remaining, GAP_NOT_COPIED);
	return 0;
}

static __always_inline bool is_tls_record(const u8 *bytes)
{
	/* RFC 8446 §5.1: content types 20–24, legacy version 3.x. */
	return bytes[0] >= 0x14 && bytes[0] <= 0x18 && bytes[1] == 3;
}

static __always_inline bool is_handshake_record(const u8 *bytes)
{
	return bytes[0] == 0x16 && bytes[1] == 3;
}

static __always_inline bool is_proxy_header(const u8 *bytes)
{
	/* PROXY protocol v1 "PROXY " and v2 "\r\n\r\n\0\r\nQUIT\n", first bytes. */
	return (bytes[0] == 'P' && bytes[1] == 'R' && bytes[2] == 'O' && bytes[3] == 'X') ||
	       (bytes[0] == '\r' && bytes[1] == '\n' && bytes[2] == '\r' && bytes[3] == '\n' && bytes[4] == 0);
}

/* Request bytes arrive: what do they say about the protocol? `first` holds `length` bytes, at most 16, zero-filled. */
static __always_inline void classify_request(struct channel *channel, const u8 *first, bool from_start)
{
	if (channel->protocol != PROTOCOL_UNDECIDED || is_proxy_header(first))
		return;
	if (first[0] == 'P' && first[1] == 'R' && first[2] == 'I' && first[3] == ' ')
		channel->protocol = PROTOCOL_HTTP2;
	else if (!from_start || (first[0] > 0x20 && first[0] < 0x7f) || first[0] == '\r' || first[0] == '\n')
		/* A method is a token (RFC 9110 §9.1), empty lines before it are ignored (RFC 9112 §2.2). A
		 * connection that is older than the agent may be in mid-message: user space finds out. */
		channel->protocol = PROTOCOL_HTTP1;
	else
		channel->protocol = PROTOCOL_OTHER;
}

/* Request bytes arrived: an answer may follow. */
static __always_inline void expect_response(struct channel *channel)
{
	channel->budget = RESPONSE_BUDGET;
	if (channel->phase == PHASE_BODY)
		channel->phase = PHASE_EXPECT_HEAD;
}
