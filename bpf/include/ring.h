/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * The rings: memory shared with the reader (addon/ring-reader.cc), in which programs on all processors reserve room by one
 * compare-and-swap. The kernel's own ring buffer takes a lock for each record, which was two fifths of what a request of nginx
 * paid (docs/decisions/capture-cost.md).
 *
 * Invariants, with positions that count bytes since the start and a place in memory that is the position modulo the size:
 * - reserved - read <= size: what was not read is not written over.
 * - Records begin at multiples of RING_GRANULE. The word there is 0 until the record is complete; the reader writes the zero,
 *   to every granule of what it has read, before it gives the room back.
 * - Records do not wrap: behind the ring is room for the largest, and what the next round would have there stays unused.
 */
#pragma once

#include "maps.h"

#define RING_ATTEMPTS 32

struct reservation {
	struct ring_slot *slot;
	/* Bytes before it that are not read. */
	u64 unread;
	u64 size;
};

static __always_inline u32 ring_index(u64 connection)
{
	/* Fibonacci hashing: cookies are consecutive numbers. */
	return (u32)((connection * 0x9E3779B97F4A7C15ull) >> 40) & settings.ring_mask & (MAX_RINGS - 1);
}

/*
 * Room for a record with this much payload, at most RECORD_UNIT; `slot` is 0 when there is none, or when more than `limit` bytes are
 * unread. Until it is submitted or discarded the reader sees nothing of what comes after it.
 */
static __always_inline struct reservation ring_reserve(u64 connection, u64 payload, u64 limit)
{
	struct reservation reservation = {};
	u32 index = ring_index(connection);
	struct ring *ring = bpf_map_lookup_elem(&rings, &index);
	if (!ring)
		return reservation;
	u64 size = (sizeof(struct ring_slot) + payload + RING_GRANULE - 1) & ~(u64)(RING_GRANULE - 1);
	/* Before the other: it never passes it. */
	u64 read = *(volatile u64 *)&ring->read;
	u64 position = *(volatile u64 *)&ring->reserved;
	for (u32 i = 0; i < RING_ATTEMPTS; i++) {
		u64 unread = position - read;
		/* Less than none are loads that changed places; the exchange will fail. */
		if ((long)unread < 0)
			unread = 0;
		if (unread > limit || unread + size > settings.ring_bytes)
			return reservation;
		u64 found = __sync_val_compare_and_swap(&ring->reserved, position, position + size);
		if (found == position) {
			reservation.slot = (void *)(ring + 1) + (position & (settings.ring_bytes - RING_GRANULE));
			reservation.unread = unread;
			reservation.size = size;
			return reservation;
		}
		position = found;
	}
	return reservation;
}

/* What the record holds is visible before `word`. */
static __always_inline void ring_complete(const struct reservation *reservation, u64 word)
{
#if defined(__TARGET_ARCH_x86)
	/* Stores stay in order. An exchange would wait for all of them to leave the processor: 50 ns where the ring is in no cache. */
	barrier();
	*(volatile u64 *)&reservation->slot->size = word;
#else
	__sync_lock_test_and_set(&reservation->slot->size, word);
#endif
}

static __always_inline void ring_submit(const struct reservation *reservation)
{
	ring_complete(reservation, reservation->size);
}

static __always_inline void ring_discard(const struct reservation *reservation)
{
	ring_complete(reservation, reservation->size | RING_DISCARDED);
}

/* The reader polls; this ends its sleep. */
static __always_inline void wake_reader(void)
{
	u64 *nothing = bpf_ringbuf_reserve(&wakeups, sizeof(*nothing), 0);
	/* Without room it has been woken often enough. */
	if (nothing)
		bpf_ringbuf_discard(nothing, BPF_RB_FORCE_WAKEUP);
}
