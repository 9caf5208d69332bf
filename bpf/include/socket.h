/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * Reading sockets. The socket tracepoints hand out a pointer that the verifier lets programs follow; a socket found
 * through a file descriptor has to be read with a helper. `settings.rung` is constant when the programs are loaded,
 * so that the verifier removes the other way.
 */
#pragma once

#include "maps.h"

#define SOCK_FIELD(sk, field) (settings.rung == RUNG_SYS_EXIT ? BPF_CORE_READ(sk, field) : (sk)->field)

static __always_inline bool is_tcp(struct sock *sk)
{
	u16 family = SOCK_FIELD(sk, __sk_common.skc_family);
	if (family != AF_INET && family != AF_INET6)
		return false;
	u16 protocol = SOCK_FIELD(sk, sk_protocol);
	return protocol == IPPROTO_TCP || protocol == IPPROTO_MPTCP;
}

/* What applications use as one stream; its subflows are sockets of their own that no application sees. */
static __always_inline bool is_multipath(struct sock *sk)
{
	return SOCK_FIELD(sk, sk_protocol) == IPPROTO_MPTCP;
}

static __always_inline u8 socket_state(struct sock *sk)
{
	return SOCK_FIELD(sk, __sk_common.skc_state);
}

/* Host byte order. */
static __always_inline u16 local_port(struct sock *sk)
{
	return SOCK_FIELD(sk, __sk_common.skc_num);
}

static __always_inline struct cgroup *socket_cgroup(struct sock *sk)
{
	return SOCK_FIELD(sk, sk_cgrp_data.cgroup);
}

static __always_inline struct listener_key listener_key_of(struct sock *sk)
{
	struct listener_key key = {.netns = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum), .port = local_port(sk)};
	return key;
}

/* Numbers for sockets that have no cookie yet; above every cookie, below 2^53. */
#define OWN_NUMBERS (1ull << 52)
volatile u64 own_numbers SEC(".data.numbers") = 0;

static __always_inline u64 connection_number(struct sock *sk)
{
	if (settings.rung != RUNG_SYS_EXIT)
		return bpf_get_socket_cookie(sk);
	u64 cookie = BPF_CORE_READ(sk, __sk_common.skc_cookie.counter);
	return cookie ? cookie : OWN_NUMBERS + __sync_fetch_and_add(&own_numbers, 1);
}

static __always_inline struct connection *find_connection(struct sock *sk)
{
	if (settings.rung != RUNG_SYS_EXIT)
		return bpf_sk_storage_get(&connections, sk, 0, 0);
	u64 key = (u64)sk;
	return bpf_map_lookup_elem(&connections_by_sock, &key);
}

static __always_inline struct connection *create_connection(struct sock *sk)
{
	struct connection *connection;
	if (settings.rung != RUNG_SYS_EXIT) {
		connection = bpf_sk_storage_get(&connections, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	} else {
		u32 zero = 0;
		u64 key = (u64)sk;
		struct connection *empty = bpf_map_lookup_elem(&empty_connection, &zero);
		if (!empty)
			return 0;
		bpf_map_update_elem(&connections_by_sock, &key, empty, BPF_NOEXIST);
		connection = bpf_map_lookup_elem(&connections_by_sock, &key);
	}
	if (!connection)
		count(COUNTER_STATE_FULL, 1);
	else if (!connection->channel.connection) {
		connection->channel.connection = connection_number(sk);
		connection->resumed = control.resumed;
		if (is_multipath(sk))
			connection->rx_seq_known = connection->tx_seq_known = SEQUENCE_NONE;
	}
	return connection;
}

/* The socket closes for good: socket storage goes with it. */
static __always_inline void forget_connection(struct sock *sk)
{
	if (settings.rung != RUNG_SYS_EXIT)
		return;
	u64 key = (u64)sk;
	bpf_map_delete_elem(&connections_by_sock, &key);
}

#define S_IFMT 0170000
#define S_IFSOCK 0140000

/* The TCP socket behind a file descriptor of the current process; null when it is none. */
static __always_inline struct sock *socket_of_descriptor(u32 descriptor)
{
	struct fdtable *table = BPF_CORE_READ(bpf_get_current_task_btf(), files, fdt);
	if (!table || descriptor >= BPF_CORE_READ(table, max_fds))
		return 0;
	struct file **files = BPF_CORE_READ(table, fd);
	struct file *file = 0;
	if (bpf_probe_read_kernel(&file, sizeof(file), files + descriptor) || !file)
		return 0;
	if ((BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT) != S_IFSOCK)
		return 0;
	struct socket *socket = BPF_CORE_READ(file, private_data);
	return socket ? BPF_CORE_READ(socket, sk) : 0;
}
