/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * The byte format of the rings, shared by the programs, the addon and the decoder
 * (runtime/agent/capture/record-decoder.ts). Little endian, 72-byte header, then `length` payload bytes.
 */
#pragma once

#include <linux/types.h>

enum record_kind {
	RECORD_OPEN = 1,
	RECORD_DATA = 2,
	RECORD_GAP = 3,
	RECORD_CLOSE = 4,
	/* A target process moves TLS bytes but no probe has fired in it yet. */
	RECORD_TLS_UNPROBED = 5,
	/* A target process executed another program. */
	RECORD_EXEC = 6,
	/* A process that maps a probed TLS library ended. */
	RECORD_EXIT = 7,
};

enum record_direction { DIRECTION_REQUEST = 0, DIRECTION_RESPONSE = 1 };

enum record_layer { LAYER_SOCKET = 0, LAYER_TLS = 1 };

enum gap_reason {
	GAP_NONE = 0,
	GAP_RING_FULL = 1,
	GAP_NOT_COPIED = 2,
	GAP_COPY_FAULT = 3,
	GAP_UNSEEN = 4,
};

struct record_header {
	__u8 kind;
	__u8 direction;
	__u8 layer;
	/* data: DATA_… bits; gap: gap_reason; open: 1 when the connection was seen from its start; close: 1 when no probe
	 * saw anything of its TLS, with the process in `pid` */
	__u8 detail;
	/* payload bytes after this header */
	__u32 length;
	__u64 connection;
	/* CLOCK_MONOTONIC nanoseconds */
	__u64 time_ns;
	/* data, gap: stream position of the first byte; open: id of the socket's cgroup */
	__u64 position;
	/* gap: how many bytes; data: how many bytes are missing right before it, for `gap_reason`; else 0 */
	__u64 bytes;
	__u32 pid;
	__u16 gap_reason;
	/* HTTP/1 responses: how many heads of final responses were lost since the last head that was delivered, when this is the
	 * start of one; HEADS_LOST_UNKNOWN: not known, or no start of a head */
	__u16 heads_lost;
	char comm[16];
	/* data: position of the other stream of this layer at that moment; else 0 */
	__u64 other_position;
};

#define HEADS_LOST_UNKNOWN 0xffff

/* Responses: the first byte is known to be the first of an HTTP/2 frame header. */
#define DATA_STARTS_FRAME 1
/* The response whose head was delivered last, if it is chunked, has ended: before the first byte (responses), at
 * `other_position` (requests). */
#define DATA_RESPONSE_ENDED 2
/* Requests: … has not ended yet. */
#define DATA_RESPONSE_GOES_ON 4
/* Requests: bytes of the stream were lost, and no response bytes have passed since. */
#define DATA_BEHIND_LOSS 8
/* Requests: the server has ended its stream. */
#define DATA_SERVER_ENDED 16

/* Payload of RECORD_OPEN. Addresses and ports in network byte order; IPv4 in the first four bytes. */
struct record_open {
	__u16 family;
	__u16 local_port;
	__u16 remote_port;
	__u16 reserved;
	__u8 local[16];
	__u8 remote[16];
};

/* Which hooks say what passes on sockets. */
enum rung {
	/* tp_btf/sock_recv_length and sock_send_length (Linux 6.3): nothing but socket calls pays. */
	RUNG_SOCKET_TRACEPOINTS = 0,
	/* tp_btf/sys_exit: every system call of the machine pays a little. */
	RUNG_SYS_EXIT = 1,
};

/* Largest payload of one record. */
#define RECORD_UNIT 16384
/* Bytes behind a record's payload that programs may touch: the start of a line at the very end is looked at. */
#define SCAN_SLACK 24

/* What a ring's memory begins with; ring.h has the rules. Each position on a cache line of its own. */
struct ring {
	/* Bytes reserved since the start: programs write it. */
	__u64 reserved;
	__u64 unused[7];
	/* Bytes read since the start: the reader writes it. */
	__u64 read;
	__u64 unused_too[7];
};

/* A record in a ring. */
struct ring_slot {
	/* Bytes reserved, this word included, and RING_DISCARDED when there is no record in them; 0: not complete yet */
	__u64 size;
	struct record_header header;
};

/* Records begin at multiples of this. */
#define RING_GRANULE 64
#define RING_DISCARDED (1ull << 63)
/* Bytes behind a ring, for the record that begins at its end. */
#define RING_OVERHANG (((sizeof(struct ring_slot) + RECORD_UNIT + SCAN_SLACK) / RING_GRANULE + 1) * RING_GRANULE)
/* Bytes of a map's value for a ring of `bytes`. */
#define RING_VALUE_SIZE(bytes) (sizeof(struct ring) + (bytes) + RING_OVERHANG)
/* The verifier follows offsets up to 2^29. */
#define MAX_RING_BYTES (1 << 28)

/* Section .rodata.settings: written before load. */
struct capture_settings {
	/* Rings in use minus one; a power of two minus one. */
	__u32 ring_mask;
	/* enum rung */
	__u32 rung;
	/* Of each ring, a power of two up to MAX_RING_BYTES. */
	__u64 ring_bytes;
	/* Unread bytes from which on the reader is woken instead of waiting for it to poll. */
	__u64 ring_high_water;
	/* Unread bytes from which on only control records (open, gap, close) are written, so that the decoder
	 * keeps its books when data has to be dropped. */
	__u64 ring_data_limit;
};

/* Section .data.control: written while running. */
struct capture_control {
	/* Grows with every change of the targets; verdicts of older generations are void. */
	__u32 generation;
	/* TARGET_… bits; 0 = nothing is selected. */
	__u32 target_flags;
	/* The first generation after the last one that selected nothing: bytes have passed that nobody looked at. */
	__u32 resumed;
};

#define TARGET_BY_CGROUP 1
#define TARGET_BY_PID 2
#define TARGET_BY_COMM 4
#define TARGET_PORTS 8

#define MAX_RINGS 64

/* Why something was not delivered, and how much was. Order is the contract with counters.ts. */
enum counter {
	COUNTER_RECORDS,
	COUNTER_BYTES,
	COUNTER_RING_FULL_RECORDS,
	COUNTER_RING_FULL_BYTES,
	COUNTER_COPY_FAULT_BYTES,
	COUNTER_NOT_COPIED_BYTES,
	COUNTER_UNSEEN_BYTES,
	COUNTER_CONTROL_LOST,
	COUNTER_NOT_HTTP_BYTES,
	COUNTER_ROLE_UNKNOWN_BYTES,
	COUNTER_AFTER_CLOSE_BYTES,
	COUNTER_TLS_UNASSOCIATED_BYTES,
	COUNTER_TLS_UNCOVERED_CONNECTIONS,
	COUNTER_STATE_FULL,
	COUNTER_COUNT,
};
