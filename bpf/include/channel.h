/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* What is copied of a channel: requests whole, of responses only the heads. */
#pragma once

#include "emit.h"

/* 256 units are 4 MiB in one call; what is beyond is a gap. */
#define MAX_UNITS 256
/* Heads, bodies, and about a dozen bytes between chunks, in one piece: pipelined responses that the server has put together. */
#define MAX_RESPONSE_STEPS 65536
/* Of HTTP/2: a frame with payload takes two. */
#define MAX_FRAME_STEPS 65536
/* Behind them frames are only followed, one in a step: more than 4 MiB hold. */
#define MAX_FOLLOWED_FRAMES (1 << 19)

struct piece {
	struct channel *channel;
	u64 user;
	u32 remaining;
	u32 direction;
};

static int copy_step(u32 index, struct piece *piece)
{
	u32 unit = piece->remaining;
	if (!unit)
		return 1;
	if (unit > RECORD_UNIT)
		unit = RECORD_UNIT;
	u32 done = copy_unit(piece->channel, piece->user, unit, piece->direction);
	piece->user += done;
	piece->remaining -= done;
	return 0;
}

/* All of it, in as many records as it takes. */
__noinline int copy_whole(struct channel *channel, u64 user, u32 length, u32 direction)
{
	if (!channel)
		return 0;
	if (length <= RECORD_UNIT) {
		copy_unit(channel, user, length, direction);
		return 0;
	}
	struct piece piece = {.channel = channel, .user = user, .remaining = length, .direction = direction};
	bpf_loop(MAX_UNITS, copy_step, &piece, 0);
	if (piece.remaining)
		add_gap(channel, direction, piece.remaining, GAP_NOT_COPIED);
	return 0;
}

/* Up to `length` bytes that should begin a head, or begin one that was found already. */
static __always_inline u32 copy_head_start(struct piece *piece, u32 length)
{
	struct channel *channel = piece->channel;
	if (length > RESPONSE_UNIT)
		length = RESPONSE_UNIT;
	channel->looks_for_head = 1;
	u32 whole = length;
	length = copy_unit(channel, piece->user, length, DIRECTION_RESPONSE);
	/* The ring is full. */
	if (!channel->looks_for_head && channel->phase == PHASE_EXPECT_HEAD)
		start_head(channel, piece->user, whole);
	channel->looks_for_head = 0;
	channel->head_budget -= length;
	if (length) {
		if (channel->response.gap_bytes)
			/* Lost: where it ends is not known. */
			lose_track(channel);
		return length;
	}
	channel->walks = channel->phase == PHASE_IN_HEAD;
	if (!channel->walks) {
		/* No head: the first bytes behind one that was not read can still be those of chunks. */
		u8 fresh = channel->fresh;
		lose_track(channel);
		channel->fresh = fresh;
	}
	return 0;
}

/* Bytes of a head have passed: were they lost, and is it over? */
static __always_inline void note_lost_head(struct channel *channel)
{
	if (channel->head_told == HEAD_UNTOLD)
		channel->head_told = HEAD_LOST;
	if (channel->response.gap_bytes || channel->head_told == HEAD_LOST)
		channel->tracked = 0;
	if (channel->phase == PHASE_IN_HEAD || channel->head_told != HEAD_LOST)
		return;
	channel->chained &= channel->chained_before;
	if (!channel->interim && channel->heads_lost < HEADS_LOST_UNKNOWN - 1)
		channel->heads_lost++;
}

/* Up to `length` bytes of a head in any pieces. */
static __always_inline u32 copy_walked_head(struct piece *piece, u32 length)
{
	struct channel *channel = piece->channel;
	if (length > RESPONSE_UNIT)
		length = RESPONSE_UNIT;
	if (length > channel->head_budget) {
		lose_track(channel);
		return 0;
	}
	length = walk_head(channel, piece->user, length);
	if (!length)
		return 0;
	channel->head_budget -= length;
	copy_unit(channel, piece->user, length, DIRECTION_RESPONSE);
	note_lost_head(channel);
	return length;
}

static int http1_step(u32 index, struct piece *piece)
{
	struct channel *channel = piece->channel;
	u32 length = piece->remaining;
	if (!length)
		return 1;
	if (channel->outer_bodies)
		length = within_outer(channel, piece->user, length);
	/* The first bytes behind a head: a response to HEAD has no content, whatever its Content-Length says. */
	if (channel->phase == PHASE_BODY && channel->fresh) {
		/* Another protocol begins. */
		if (channel->upgrade)
			return 1;
		start_head(channel, piece->user, length);
		return 0;
	}
	if (channel->phase == PHASE_BODY) {
		if (channel->body_left < length)
			length = channel->body_left;
		body_passes(channel, length);
		add_gap(channel, DIRECTION_RESPONSE, length, GAP_NOT_COPIED);
	} else if (channel->phase == PHASE_CHUNK_LINE) {
		length = walk_some(channel, piece->user, length);
		if (length)
			add_gap(channel, DIRECTION_RESPONSE, length, GAP_NOT_COPIED);
	} else if (channel->walks && channel->phase == PHASE_IN_HEAD) {
		length = copy_walked_head(piece, length);
	} else {
		length = copy_head_start(piece, length);
	}
	piece->user += length;
	piece->remaining -= length;
	return 0;
}

struct frame_walk {
	struct channel *channel;
	/* Start of the run of bytes to copy. */
	u64 user;
	u32 run;
	/* Behind the run. */
	u32 remaining;
};

/* One record: a run is no longer than that. */
static __always_inline void copy_run(struct frame_walk *walk)
{
	if (walk->run)
		copy_unit(walk->channel, walk->user, walk->run, DIRECTION_RESPONSE);
	walk->user += walk->run;
	walk->run = 0;
}

/* Up to `length` bytes of a frame's header at `user`: how many were read. 0: the next frame is not known any more. */
static __always_inline u32 read_frame_header(struct frames *frames, u64 user, u32 length)
{
	u32 have = frames->have;
	u32 wanted = FRAME_HEADER_BYTES - have;
	if (have >= FRAME_HEADER_BYTES)
		wanted = 0;
	if (length > wanted)
		length = wanted;
	barrier_var(length);
	if (!length || length > FRAME_HEADER_BYTES || bpf_probe_read_user(frames->header + have, length, (void *)user)) {
		frames->synchronised = 0;
		return 0;
	}
	have += length;
	if (have == FRAME_HEADER_BYTES) {
		frames->left = frame_length(frames->header);
		frames->type = frames->header[3];
		have = 0;
	}
	frames->have = have;
	return length;
}

static int frame_step(u32 index, struct frame_walk *walk)
{
	struct frames *frames = &walk->channel->response_frames;
	u32 length = walk->remaining;
	if (!length)
		return 1;
	bool skipped = frames->left && frames->type == FRAME_DATA;
	/* A record that begins within a frame ends with it: the reader finds the next one even if it has lost what came before. */
	bool starts = !(frames->left | frames->have) && walk->run && !frames->run_starts_frame;
	if (skipped || starts || walk->run > RECORD_UNIT - FRAME_HEADER_BYTES) {
		copy_run(walk);
		frames->run_starts_frame = 0;
	}
	if (frames->left) {
		if (frames->left < length)
			length = frames->left;
		if (!skipped) {
			u32 room = RECORD_UNIT - walk->run;
			if (length > room)
				length = room;
			walk->run += length;
		} else {
			walk->user += length;
			add_gap(walk->channel, DIRECTION_RESPONSE, length, GAP_NOT_COPIED);
		}
		frames->left -= length;
		walk->remaining -= length;
		return 0;
	}
	if (!walk->run)
		frames->run_starts_frame = !frames->have;
	length = read_frame_header(frames, walk->user + walk->run, length);
	walk->run += length;
	walk->remaining -= length;
	return !length;
}

/* Over one frame, or what is here of it. */
static int follow_step(u32 index, struct frame_walk *walk)
{
	struct frames *frames = &walk->channel->response_frames;
	u32 passed = frames->left < walk->remaining ? frames->left : walk->remaining;
	frames->left -= passed;
	walk->user += passed;
	walk->remaining -= passed;
	if (!walk->remaining)
		return 1;
	passed = read_frame_header(frames, walk->user, walk->remaining);
	walk->user += passed;
	walk->remaining -= passed;
	return !passed;
}

/* More frames in one call than are copied: heads among them are lost, but not where the next call begins. */
static __noinline int follow_frames(struct frame_walk *walk)
{
	if (!walk || !walk->channel)
		return 0;
	u32 length = walk->remaining;
	bpf_loop(MAX_FOLLOWED_FRAMES, follow_step, walk, 0);
	if (walk->remaining)
		walk->channel->response_frames.synchronised = 0;
	walk->remaining = length;
	return 0;
}

__noinline int copy_http2_response(struct channel *channel, u64 user, u32 length, bool call_starts)
{
	if (!channel)
		return 0;
	struct frames *frames = &channel->response_frames;
	if (!frames->synchronised && call_starts && length >= FRAME_HEADER_BYTES &&
	    bpf_probe_read_user(frames->header, FRAME_HEADER_BYTES, (void *)user) == 0 &&
	    plausible_frame(frames->header)) {
		frames->synchronised = 1;
		frames->left = 0;
		frames->have = 0;
	}
	struct frame_walk walk = {.channel = channel, .user = user, .remaining = length};
	u32 reason = GAP_UNSEEN;
	if (frames->synchronised) {
		/* Unless the first step begins a header: payload, or the rest of a header. */
		frames->run_starts_frame = 0;
		bpf_loop(MAX_FRAME_STEPS, frame_step, &walk, 0);
		copy_run(&walk);
		if (!frames->synchronised)
			reason = GAP_COPY_FAULT;
		else if (walk.remaining)
			follow_frames(&walk);
	}
	if (walk.remaining)
		/* Heads may be among them: not left out on purpose. */
		add_gap(channel, DIRECTION_RESPONSE, walk.remaining, reason);
	return 0;
}

/* A server may speak before the client's first bytes have been read. */
__noinline int classify_response(struct channel *channel, u64 user, u32 length)
{
	if (!channel)
		return 0;
	struct frames *frames = &channel->response_frames;
	if (length >= FRAME_HEADER_BYTES && bpf_probe_read_user(frames->header, FRAME_HEADER_BYTES, (void *)user) == 0 &&
	    is_server_preface(frames->header)) {
		channel->protocol = PROTOCOL_HTTP2;
		frames->synchronised = 1;
		frames->left = 0;
		frames->have = 0;
	}
	return 0;
}

/* What we do not read. */
__noinline int leave_out(struct channel *channel, u32 length)
{
	if (channel)
		add_gap(channel, DIRECTION_RESPONSE, length, GAP_NOT_COPIED);
	return 0;
}

/* @return how many bytes are left, behind a response with status 101 */
/* @call_starts: false for the later segments of a vectored call */
__noinline int copy_http1_response(struct channel *channel, u64 user, u32 length, bool call_starts)
{
	if (!channel)
		return 0;
	struct piece piece = {.channel = channel, .user = user, .remaining = length};
	expect_head(channel, user, length, call_starts);
	/* Mostly all there is to do. */
	http1_step(0, &piece);
	if (piece.remaining)
		bpf_loop(MAX_RESPONSE_STEPS, http1_step, &piece, 0);
	if (piece.remaining && channel->upgrade && channel->fresh) {
		channel->fresh = 0;
		return piece.remaining;
	}
	if (piece.remaining) {
		lose_track(channel);
		channel->outer_bodies = 0;
		/* Heads may be among them: not left out on purpose. */
		add_gap(channel, DIRECTION_RESPONSE, piece.remaining, GAP_UNSEEN);
	}
	return 0;
}

/* One contiguous piece of memory of the current process that passed through the channel. */
static __always_inline void copy_piece(struct channel *channel, u64 user, u32 length, u32 direction, bool call_starts)
{
	if (direction == DIRECTION_REQUEST) {
		channel->request_again = channel->response_due | response_under_way(channel);
		channel->response_due = 1;
		copy_whole(channel, user, length, direction);
		return;
	}
	if (call_starts && (channel->protocol == PROTOCOL_UNDECIDED ||
			    (channel->protocol == PROTOCOL_HTTP1 && !channel->http1_confirmed)))
		classify_response(channel, user, length);
	if (channel->protocol == PROTOCOL_HTTP2) {
		copy_http2_response(channel, user, length, call_starts);
		return;
	}
	u32 left = copy_http1_response(channel, user, length, call_starts);
	if (!left)
		return;
	/* Frames of HTTP/2 behind the head (`Upgrade: h2c`), or what we do not read. */
	user += length - left;
	classify_response(channel, user, left);
	if (channel->protocol == PROTOCOL_HTTP2)
		copy_http2_response(channel, user, left, true);
	else
		leave_out(channel, left);
}

/* `length` bytes passed and cannot be read. */
static __always_inline void pass_unread(struct channel *channel, u32 length, u32 direction)
{
	u32 reason = GAP_UNSEEN;
	/* A file that the kernel sends as a body is left out like any other body. */
	if (direction == DIRECTION_RESPONSE) {
		if (channel->protocol == PROTOCOL_HTTP2) {
			if (skip_frame_bytes(&channel->response_frames, length))
				reason = GAP_NOT_COPIED;
		} else {
			channel->outer_bodies = 0;
			if (channel->phase == PHASE_BODY && length <= channel->body_left) {
				body_passes(channel, length);
				reason = GAP_NOT_COPIED;
			} else {
				/* A head among them, or more: nothing is left out on purpose until the next one. */
				lose_track(channel);
				channel->phase = PHASE_EXPECT_HEAD;
			}
		}
	}
	add_gap(channel, direction, length, reason);
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

/* Request bytes arrive: what do they say about the protocol? `first` holds up to 16 bytes, zero-filled. */
static __always_inline void classify_request(struct channel *channel, const u8 *first, bool from_start)
{
	if (is_proxy_header(first))
		return;
	if (channel->upgrade)
		from_start = true;
	bool binary = first[0] == 0 && plausible_frame(first);
	if (channel->protocol != PROTOCOL_UNDECIDED) {
		/* Taken for HTTP/1 in the middle of a frame. */
		if (binary && !from_start && channel->protocol == PROTOCOL_HTTP1 && !channel->http1_confirmed)
			channel->protocol = PROTOCOL_HTTP2;
		return;
	}
	if (first[0] == 'P' && (!first[1] || (first[1] == 'R' && (!first[2] || (first[2] == 'I' && !first[3])))))
		/* A shred of the preface, or of a method: the next bytes or the server's first frame tell. */
		return;
	if (first[0] == 'P' && first[1] == 'R' && first[2] == 'I' && first[3] == ' ') {
		channel->protocol = PROTOCOL_HTTP2;
		channel->response_frames.synchronised = channel->response.position == 0;
	} else if (binary && !from_start) {
		channel->protocol = PROTOCOL_HTTP2;
	} else if (!from_start || (first[0] >= 0x20 && first[0] < 0x7f) || (first[0] >= '\t' && first[0] <= '\r')) {
		/* A method is a token (RFC 9110 §9.1), empty lines before it are ignored (RFC 9112 §2.2), and white space by
		 * some servers (CPython). A connection that is older than the agent may be in mid-message: user space finds out. */
		channel->protocol = PROTOCOL_HTTP1;
	} else {
		channel->protocol = PROTOCOL_OTHER;
	}
}
