/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * Writing records. Invariant: a stream's `position` advances by every byte that passed; what could not be
 * written becomes a gap record, before the next record of that stream or at close.
 *
 * Functions that are not static are verified once on their own instead of once per way that leads to them; with
 * loops around them that is the difference between thousands and millions of verified instructions.
 */
#pragma once

#include "maps.h"

/* Largest piece of a request in one record, and of a response: a response is cut at the end of its head, so
 * reading far ahead of it would only be thrown away. */
#define REQUEST_UNIT 16384
#define RESPONSE_UNIT 2048
/* Room behind the payload for the word-wise scan of the head. */
#define SCAN_SLACK 8
/* Bytes of the ring to reserve for this much payload. */
#define RECORD_SIZE(payload) (sizeof(struct record_header) + (payload) + SCAN_SLACK)

static __always_inline u32 ring_index(u64 connection)
{
	/* Fibonacci hashing: cookies are consecutive numbers. */
	return (u32)((connection * 0x9E3779B97F4A7C15ull) >> 40) & settings.ring_mask & (MAX_RINGS - 1);
}

static __always_inline u64 wakeup_flags(void *ring)
{
	/* Waking the reader per record costs more than everything else here together; it polls. */
	return bpf_ringbuf_query(ring, BPF_RB_AVAIL_DATA) >= settings.ring_high_water ? BPF_RB_FORCE_WAKEUP
									      : BPF_RB_NO_WAKEUP;
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
	header->pid = bpf_get_current_pid_tgid() >> 32;
	header->reserved = 0;
	bpf_get_current_comm(header->comm, sizeof(header->comm));
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
	u32 index = ring_index(channel->connection);
	void *ring = bpf_map_lookup_elem(&rings, &index);
	if (!ring)
		return false;
	struct record_header *header = bpf_ringbuf_reserve(ring, sizeof(*header), 0);
	if (!header)
		return false;
	fill_header(header, RECORD_GAP, channel->connection);
	header->direction = direction;
	header->layer = channel->layer;
	header->detail = stream->gap_reason;
	header->position = stream->position - stream->gap_bytes;
	header->bytes = stream->gap_bytes;
	stream->gap_bytes = 0;
	stream->gap_reason = GAP_NONE;
	bpf_ringbuf_submit(header, wakeup_flags(ring));
	return true;
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

struct head_scan {
	u8 *data;
	u64 length;
	/* Offset behind the end of the head; 0 = not found. */
	u32 end;
	u32 line_filled;
};

/* One 8-byte word. The end of a head is a line feed that ends an empty line (RFC 9112 §2.1, §2.2). */
static int scan_word(u32 index, struct head_scan *scan)
{
	u64 offset = (u64)index * 8;
	u64 length = scan->length;
	if (offset >= length)
		return 1;
	u64 word = *(u64 *)(scan->data + offset);
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
		} else if (byte != '\r') {
			scan->line_filled = 1;
		}
	}
	return 0;
}

/* How many of `length` response bytes belong to the head; moves the phase on. */
static __noinline u32 head_bytes(struct channel *channel, u8 *data, u64 length)
{
	struct head_scan scan = {.data = data, .length = length, .line_filled = channel->line_filled};
	bpf_loop(RESPONSE_UNIT / 8 + 1, scan_word, &scan, 0);
	channel->line_filled = scan.line_filled;
	if (!scan.end)
		return length;
	/* An interim response (1xx) is followed by the real one. */
	channel->phase = channel->interim ? PHASE_EXPECT_HEAD : PHASE_BODY;
	return scan.end;
}

/* Its own function to keep the caller's stack small (see tls-hooks.h). */
static __noinline int submit_data(struct record_header *header, struct channel *channel, u32 direction, u32 kept)
{
	struct stream *stream = stream_of(channel, direction);
	fill_header(header, RECORD_DATA, channel->connection);
	header->direction = direction;
	header->layer = channel->layer;
	header->length = kept;
	header->position = stream->position;
	stream->position += kept;
	u32 index = ring_index(channel->connection);
	void *ring = bpf_map_lookup_elem(&rings, &index);
	bpf_ringbuf_submit(header, ring ? wakeup_flags(ring) : BPF_RB_NO_WAKEUP);
	count(COUNTER_RECORDS, 1);
	count(COUNTER_BYTES, kept);
	return 0;
}

/* Copy up to one unit. Returns how many bytes were dealt with (copied or counted as gap). */
__noinline u32 copy_unit(struct channel *channel, u64 user, u32 length, u32 direction)
{
	if (!channel)
		return length;
	u32 index = ring_index(channel->connection);
	void *ring = bpf_map_lookup_elem(&rings, &index);
	if (!ring)
		return length;
	if (bpf_ringbuf_query(ring, BPF_RB_AVAIL_DATA) > settings.ring_data_limit || !flush_gap(channel, direction)) {
		add_gap(channel, direction, length, GAP_RING_FULL);
		return length;
	}
	/*
	 * A reservation's size must be a constant; on each path through these branches it is. Applications read into
	 * buffers of a power of two bytes or a little less: for those next to nothing of the ring is wasted, else at
	 * most a third.
	 */
	u64 size = RECORD_SIZE(192);
	if (length > 192)
		size = RECORD_SIZE(256);
	if (length > 256)
		size = RECORD_SIZE(384);
	if (length > 384)
		size = RECORD_SIZE(512);
	if (length > 512)
		size = RECORD_SIZE(768);
	if (length > 768)
		size = RECORD_SIZE(1024);
	if (length > 1024)
		size = RECORD_SIZE(1536);
	if (length > 1536)
		size = RECORD_SIZE(2048);
	if (length > 2048)
		size = RECORD_SIZE(3072);
	if (length > 3072)
		size = RECORD_SIZE(4096);
	if (length > 4096)
		size = RECORD_SIZE(6144);
	if (length > 6144)
		size = RECORD_SIZE(8192);
	if (length > 8192)
		size = RECORD_SIZE(12288);
	if (length > 12288)
		size = RECORD_SIZE(REQUEST_UNIT);
	if (length > REQUEST_UNIT)
		return length;
	struct record_header *header = bpf_ringbuf_reserve(ring, size, 0);
	if (!header) {
		add_gap(channel, direction, length, GAP_RING_FULL);
		return length;
	}
	u8 *payload = (u8 *)(header + 1);
	/* Always true, but said where the verifier needs it: it forgets bounds of values kept on the stack. */
	u64 bounded = length;
	barrier_var(bounded);
	if (bounded > size - sizeof(*header) - SCAN_SLACK) {
		bpf_ringbuf_discard(header, BPF_RB_NO_WAKEUP);
		return length;
	}
	if (bpf_probe_read_user(payload, bounded, (void *)user)) {
		bpf_ringbuf_discard(header, BPF_RB_NO_WAKEUP);
		add_gap(channel, direction, length, GAP_COPY_FAULT);
		return length;
	}
	u32 kept = length;
	if (direction == DIRECTION_RESPONSE && channel->phase == PHASE_IN_HEAD)
		kept = head_bytes(channel, payload, bounded);
	submit_data(header, channel, direction, kept);
	return kept;
}
