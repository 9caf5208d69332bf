/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* State and its bounds. Every map has a fixed capacity; running into one is counted (COUNTER_STATE_FULL). */
#pragma once

#include "kernel-types.h"
#include "connection-state.h"
#include "record.h"

#define MAX_TARGETS 16384
#define MAX_CONNECTIONS 131072

const volatile struct capture_settings settings SEC(".rodata.settings") = {};
volatile struct capture_control control SEC(".data.control") = {};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct connection);
} connections SEC(".maps");

/* The same by address of the socket, where only system calls are hooked; entries leave when the socket closes. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, MAX_CONNECTIONS);
	__type(key, u64);
	__type(value, struct connection);
} connections_by_sock SEC(".maps");

/* Zeroes: a connection is too large for the stack. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct connection);
} empty_connection SEC(".maps");

/* TLS layer of the connections of targets, by socket cookie: uprobes cannot reach socket storage. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, MAX_CONNECTIONS);
	__type(key, u64);
	__type(value, struct channel);
} tls_channels SEC(".maps");

enum tls_operation { TLS_NONE = 0, TLS_READ = 1, TLS_WRITE = 2, TLS_HANDSHAKE = 3 };

/* What a thread is doing. In task storage, not per CPU: uprobe programs can be preempted. */
struct thread {
	/* The TLS call under way. */
	u64 ssl;
	u64 buffer;
	u64 length_pointer;
	/* Stack pointer at its entry: the same call ends near it. */
	u64 stack;
	u8 operation;
	/* The last TLS receive outside any TLS call has been matched with a TLS read. */
	u8 consumed;
	/* Sockets of targets moved TLS bytes on this thread. */
	u8 serves_target;
	/* Calls that another one on this thread displaced before they ended: coroutines. */
	u8 displaced;
	/* Generation of the targets at which its process was found to be none; 0 = not asked yet. */
	u32 unconcerned_generation;
	/* First thread of a process that another one than the first thread forked: it has that one's stack. */
	u8 forked_by_thread;
	/* Its TLS library reads sockets itself. */
	u8 reads_sockets;
	u8 reserved[2];
	/* `control.resumed` when what is known of its calls and receives began. */
	u32 resumed;
	/* When this thread last told that its process is probed, jiffies. */
	u64 noted;
	/* The pair last written to ssl_pairs. */
	u64 paired_ssl;
	u64 paired_socket;
	/* Where a handshake began whose end is not probed, and what the stack held there; 0 = it has ended. */
	u64 handshake_stack;
	u64 handshake_slot;
	/* Socket that moved bytes within the call; 0 = none. */
	u64 nested;
	/* Socket of the last receive of TLS bytes outside a call. */
	u64 received;
	/* Socket for which a read that gave nothing was noted last. */
	u64 attempted;
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct thread);
} threads SEC(".maps");

struct ssl_key {
	u64 ssl;
	u32 tgid;
	u32 reserved;
};

/* SSL* → socket cookie, the last known pair. A pair whose socket has closed is stale. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, MAX_CONNECTIONS);
	__type(key, struct ssl_key);
	__type(value, u64);
} ssl_pairs SEC(".maps");

/* tgid → nanoseconds of its last TLS call, or of the last notice that it has no probe. */
struct tls_process {
	u64 last_call_ns;
	u64 last_notice_ns;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, u32);
	__type(value, struct tls_process);
} tls_processes SEC(".maps");

/* Processes that map a probed TLS library, as far as user space knows and there is room: their end is told. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, MAX_TARGETS);
	__type(key, u32);
	__type(value, u8);
} tls_users SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, MAX_TARGETS);
	__type(key, u64);
	__type(value, u8);
} target_cgroups SEC(".maps");

/* Value 1: named by the user; 2: a descendant of one. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, MAX_TARGETS);
	__type(key, u32);
	__type(value, u8);
} target_pids SEC(".maps");

struct comm_key {
	char comm[16];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 256);
	__type(key, struct comm_key);
	__type(value, u8);
} target_comms SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 4096);
	__type(key, u16);
	__type(value, u8);
} target_ports SEC(".maps");

/* cgroup id → (generation << 1 | selected): saves the walk over ancestors. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, u64);
	__type(value, u64);
} cgroup_verdicts SEC(".maps");

struct listener_key {
	u32 netns;
	u32 port;
};

/* Listening sockets per (network namespace, port): the role of connections older than the agent. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, struct listener_key);
	__type(value, s32);
} listeners SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, COUNTER_COUNT);
	__type(key, u32);
	__type(value, u64);
} counters SEC(".maps");

/* How many and how large is a setting: user space says before loading. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(u32));
	__uint(value_size, RING_VALUE_SIZE(65536));
} rings SEC(".maps");

/* Its entries end the reader's sleep and say nothing more. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} wakeups SEC(".maps");

static __always_inline void count(u32 which, u64 amount)
{
	u64 *value = bpf_map_lookup_elem(&counters, &which);
	if (value)
		*value += amount;
}
