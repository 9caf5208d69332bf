/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * Writing records. Invariant: a stream's `position` advances by every byte that passed; what could not be
 * written becomes a gap record, before the next record of that stream or at close.
 *
 * Functions that are not static are verified once on their own instead of once per way that leads to them; with
 * loops around them that is the difference between thousands and millions of verified instructions.
 */
#pragma once

#include "http1.h"
#include "http2.h"
#include "ring.h"

/* Twice the largest record: records do not step over it. */
#define WAKE_BAND (2 * RECORD_UNIT)

/*
 * Waking the reader per record costs more than everything else here together; it polls. When a ring fills faster it is
 * woken as the mark is passed, and not again while it is behind. Small records never wake it.
 */
static __always_inline bool passes_mark(u64 unread)
{
	return unread - settings.ring_high_water < WAKE_BAND;
}

static __always_inline void fill_header(struct record_header *header, u8 kind, u64 connection)
{
	header->kind = kind;
	header->direction = 0;
	header->layer = 0;
	header->detail = 0;
	header->length = 0;
	header->connection = connection;
	header->time_ns = bpf_ktime_get_ns();
	header->position = 0;
	header->bytes = 0;
	struct task_struct *task = bpf_get_current_task_btf();
	header->pid = task->tgid;
	header->gap_reason = 0;
	header->heads_lost = HEADS_LOST_UNKNOWN;
	/* The name of the process, not of the thread that happens to do the I/O. */
	__builtin_memcpy(header->comm, task->group_leader->comm, sizeof(header->comm));
	header->other_position = 0;
}

static __always_inline struct stream *stream_of(struct channel *channel, u32 direction)
{
	return direction == DIRECTION_REQUEST ? &channel->request : &channel->response;
}

/* Report the pending gap. False when the ring has no room: the gap stays pending. */
__noinline int flush_gap(struct channel *channel, u32 direction)
{
	if (!channel)
		return true;
	struct stream *stream = stream_of(channel, direction);
	if (!stream->gap_bytes)
		return true;
	struct reservation reservation = ring_reserve(channel->connection, 0, settings.ring_bytes);
	if (!reservation.slot)
		return false;
	struct record_header *header = &reservation.slot->header;
	fill_header(header, RECORD_GAP, channel->connection);
	header->direction = direction;
	header->layer = channel->layer;
	header->detail = stream->gap_reason;
	header->position = stream->position - stream->gap_bytes;
	header->bytes = stream->gap_bytes;
	stream->gap_bytes = 0;
	stream->gap_reason = GAP_NONE;
	ring_submit(&reservation);
	return true;
}

/* Tell user space of the current process, at once. @connection: or of one of its connections; else 0 */
static __always_inline void notify(u8 kind, u64 connection)
{
	struct reservation reservation = ring_reserve(connection, 0, settings.ring_bytes);
	if (!reservation.slot) {
		count(COUNTER_CONTROL_LOST, 1);
		return;
	}
	fill_header(&reservation.slot->header, kind, connection);
	ring_submit(&reservation);
	wake_reader();
}

/* Called in its turn for all bytes that are not copied. */
__noinline int add_gap(struct channel *channel, u32 direction, u64 bytes, u32 reason)
{
	if (!channel)
		return 0;
	struct stream *stream = stream_of(channel, direction);
	if (stream->gap_bytes && stream->gap_reason != reason)
		/* When this fails the two merge under the older reason. */
		flush_gap(channel, direction);
	stream->position += bytes;
	stream->gap_bytes += bytes;
	if (direction == DIRECTION_REQUEST)
		channel->request_lost_at = channel->response.position + 1;
	if (stream->gap_reason == GAP_NONE)
		stream->gap_reason = reason;
	if (reason == GAP_RING_FULL) {
		count(COUNTER_RING_FULL_RECORDS, 1);
		count(COUNTER_RING_FULL_BYTES, bytes);
	} else if (reason == GAP_COPY_FAULT) {
		count(COUNTER_COPY_FAULT_BYTES, bytes);
	} else if (reason == GAP_UNSEEN) {
		count(COUNTER_UNSEEN_BYTES, bytes);
	} else {
		count(COUNTER_NOT_COPIED_BYTES, bytes);
	}
	return 0;
}

/* DATA_… bits about the chunked response under way, if the last head delivered is that of one. */
static __always_inline u8 told_of_chunks(struct channel *channel, u32 direction)
{
	bool ended = channel->ended;
	if (direction == DIRECTION_RESPONSE)
		channel->ended = 0;
	else if (!ended)
		return DATA_RESPONSE_GOES_ON;
	return ended ? DATA_RESPONSE_ENDED : 0;
}

/* Its own function to keep the caller's stack small (see tls-hooks.h). */
static __noinline int fill_data(struct record_header *header, struct channel *channel, u32 direction, u32 kept)
{
	struct stream *stream = stream_of(channel, direction);
	fill_header(header, RECORD_DATA, channel->connection);
	header->direction = direction;
	header->layer = channel->layer;
	header->other_position = stream_of(channel, !direction)->position;
	if (channel->protocol == PROTOCOL_HTTP2) {
		if (direction == DIRECTION_RESPONSE)
			header->detail = channel->response_frames.run_starts_frame;
	} else if (channel->tracked | channel->ended) {
		header->detail = told_of_chunks(channel, direction);
	}
	if (direction == DIRECTION_REQUEST) {
		if (channel->request_lost_at == header->other_position + 1)
			header->detail |= DATA_BEHIND_LOSS;
		if (channel->closing)
			header->detail |= DATA_SERVER_ENDED;
	} else if (channel->head_told == HEAD_UNTOLD) {
		if (channel->chained_before)
			header->heads_lost = channel->heads_lost;
		channel->heads_lost = 0;
		channel->head_told = HEAD_TOLD;
	}
	header->length = kept;
	header->position = stream->position;
	/* A gap right before rides along: nearly every response has its body before it. */
	header->bytes = stream->gap_bytes;
	header->gap_reason = stream->gap_reason;
	stream->gap_bytes = 0;
	stream->gap_reason = GAP_NONE;
	stream->position += kept;
	count(COUNTER_RECORDS, 1);
	count(COUNTER_BYTES, kept);
	return 0;
}

/* No room. Where a head is looked for it is not given up here, but read where it is, so that it is known to be missing. */
static __always_inline u32 drop_unit(struct channel *channel, u32 length, u32 direction)
{
	if (channel->looks_for_head) {
		channel->looks_for_head = 0;
		return 0;
	}
	add_gap(channel, direction, length, GAP_RING_FULL);
	return length;
}

/*
 * Copy up to one unit. Returns how many bytes were dealt with (copied or counted as gap); 0: no head begins with them, or one
 * that has to be walked through.
 */
__noinline u32 copy_unit(struct channel *channel, u64 user, u32 length, u32 direction)
{
	if (!channel)
		return length;
	if (length > RECORD_UNIT)
		return length;
	struct reservation reservation = ring_reserve(channel->connection, length + SCAN_SLACK, settings.ring_data_limit);
	if (!reservation.slot)
		return drop_unit(channel, length, direction);
	u8 *payload = (u8 *)(reservation.slot + 1);
	/* Always true, but said where the verifier needs it: it forgets bounds of values kept on the stack. */
	u64 bounded = length;
	barrier_var(bounded);
	if (bounded > RECORD_UNIT) {
		ring_discard(&reservation);
		return length;
	}
	if (bpf_probe_read_user(payload, bounded, (void *)user)) {
		ring_discard(&reservation);
		add_gap(channel, direction, length, GAP_COPY_FAULT);
		return length;
	}
	u32 kept = length;
	if (direction == DIRECTION_REQUEST) {
		/* What begins like a method. */
		if (channel->request_again && length > 4 && (*(u32 *)payload & 0xe0e0e0) == 0x404040)
			channel->pipelined = 1;
	} else if (channel->looks_for_head) {
		kept = head_bytes(channel, payload, bounded, user);
		if (!kept) {
			ring_discard(&reservation);
			return 0;
		}
	}
	fill_data(&reservation.slot->header, channel, direction, kept);
	ring_submit(&reservation);
	if (passes_mark(reservation.unread))
		wake_reader();
	return kept;
}
