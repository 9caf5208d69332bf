/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* The life of a connection: which are ours, who opened them, announcing and closing them. */
#pragma once

#include "emit.h"
#include "targets.h"

/* For a connection older than the agent: a local port that something listens on is the server's end. */
static __always_inline u8 role_of_old_connection(struct sock *sk)
{
	struct listener_key key = listener_key_of(sk);
	return bpf_map_lookup_elem(&listeners, &key) ? ROLE_SERVER : ROLE_UNKNOWN;
}

/*
 * A connection that a client has opened, from its first byte on.
 * @taken: bytes of it that the application has just taken
 */
static __always_inline void begin_inbound(struct connection *connection, struct sock *sk, u32 taken)
{
	connection->role = ROLE_SERVER;
	connection->from_start = 1;
	if (connection->rx_seq_known == SEQUENCE_UNKNOWN) {
		connection->rx_seq = BPF_CORE_READ((struct tcp_sock *)sk, copied_seq) - taken;
		connection->rx_seq_known = SEQUENCE_KNOWN;
	}
	if (connection->tx_seq_known == SEQUENCE_UNKNOWN) {
		connection->tx_seq = BPF_CORE_READ((struct tcp_sock *)sk, write_seq);
		connection->tx_seq_known = SEQUENCE_KNOWN;
	}
}

/*
 * A connection of which nothing was known takes `length` bytes. When they are the first ones that were ever taken from it, whoever
 * may have had it, and nothing was sent on it, it is known from its start: a listening socket that was made outside of the target
 * (socket activation) has accepted it, or it was opened before the agent came.
 */
static __noinline int learn_beginning(struct connection *connection, struct sock *sk, u32 length)
{
	struct tcp_sock *tp = (struct tcp_sock *)sk;
	if (role_of_old_connection(sk) != ROLE_SERVER || is_multipath(sk))
		return 0;
	u64 received = BPF_CORE_READ(tp, bytes_received);
	/* What comes meanwhile moves both. */
	u32 first = BPF_CORE_READ(tp, rcv_nxt) - (u32)received;
	u32 taken = BPF_CORE_READ(tp, copied_seq) - first;
	u64 moved = BPF_CORE_READ(tp, bytes_received) - received;
	if (!((taken ^ length) | moved | BPF_CORE_READ(tp, bytes_sent)))
		begin_inbound(connection, sk, length);
	return 0;
}

static __noinline bool announce(struct connection *connection, struct sock *sk)
{
	u64 cookie = connection->channel.connection;
	struct reservation reservation = ring_reserve(cookie, sizeof(struct record_open), settings.ring_bytes);
	if (!reservation.slot) {
		connection->unannounced = 1;
		return false;
	}
	struct record_header *header = &reservation.slot->header;
	connection->unannounced = 0;
	fill_header(header, RECORD_OPEN, cookie);
	struct record_open *open = (struct record_open *)(header + 1);
	header->length = sizeof(*open);
	header->detail = connection->from_start;
	struct cgroup *cgroup = socket_cgroup(sk);
	header->position = cgroup ? BPF_CORE_READ(cgroup, kn, id) : 0;
	__builtin_memset(open, 0, sizeof(*open));
	open->family = SOCK_FIELD(sk, __sk_common.skc_family);
	open->local_port = __builtin_bswap16(local_port(sk));
	open->remote_port = SOCK_FIELD(sk, __sk_common.skc_dport);
	if (open->family == AF_INET) {
		*(u32 *)open->local = SOCK_FIELD(sk, __sk_common.skc_rcv_saddr);
		*(u32 *)open->remote = SOCK_FIELD(sk, __sk_common.skc_daddr);
	} else {
		BPF_CORE_READ_INTO(&open->local, sk, __sk_common.skc_v6_rcv_saddr.in6_u.u6_addr8);
		BPF_CORE_READ_INTO(&open->remote, sk, __sk_common.skc_v6_daddr.in6_u.u6_addr8);
	}
	connection->announced = 1;
	ring_submit(&reservation);
	return true;
}

static __always_inline void close_connection(struct connection *connection)
{
	u64 cookie = connection->channel.connection;
	struct channel *tls = bpf_map_lookup_elem(&tls_channels, &cookie);
	bool complete = !connection->unannounced;
	/* Whatever else its process does: it may pass this connection on, or have another TLS library for it. */
	bool uncovered = connection->tls_received == TLS_RECEIVED_APART && tls && !tls->ignored && !tls->called &&
			 !tls->request.position && !tls->response.position;
	if (uncovered)
		count(COUNTER_TLS_UNCOVERED_CONNECTIONS, 1);
	if (connection->announced) {
		complete &= flush_gap(&connection->channel, DIRECTION_REQUEST);
		complete &= flush_gap(&connection->channel, DIRECTION_RESPONSE);
		if (tls) {
			complete &= flush_gap(tls, DIRECTION_REQUEST);
			complete &= flush_gap(tls, DIRECTION_RESPONSE);
		}
		struct reservation reservation = ring_reserve(cookie, 0, settings.ring_bytes);
		if (reservation.slot) {
			struct record_header *header = &reservation.slot->header;
			fill_header(header, RECORD_CLOSE, cookie);
			header->detail = uncovered;
			/* Who closes, a softirq often, is not who served. */
			header->pid = connection->verdict_tgid;
			ring_submit(&reservation);
		} else {
			complete = false;
		}
	}
	if (!complete)
		count(COUNTER_CONTROL_LOST, 1);
	if (tls)
		bpf_map_delete_elem(&tls_channels, &cookie);
	connection->closed = 1;
	connection->settled = 0;
}

/* No longer a target: the reader is told that nothing follows. Selected again, it is a connection joined late. */
static __always_inline void deselect(struct connection *connection)
{
	u64 cookie = connection->channel.connection;
	close_connection(connection);
	__builtin_memset(&connection->channel, 0, sizeof(connection->channel));
	connection->channel.connection = cookie;
	connection->rx_seq_known &= SEQUENCE_NONE;
	connection->tx_seq_known &= SEQUENCE_NONE;
	connection->from_start = 0;
	connection->proxy_delivered = 0;
	connection->announced = 0;
	connection->unannounced = 0;
	connection->closed = 0;
	connection->tls_received = 0;
}

/*
 * The connection of a socket that moves bytes in the current process, known already or made now, when it belongs to a target (either end:
 * outbound TLS has to be known in order not to be mistaken for inbound TLS). Most calls of most processes
 * end here, after one lookup by cgroup.
 */
static __always_inline struct connection *selected_connection(struct connection *connection, struct sock *sk, u32 flags,
							      u32 length, u32 direction)
{
	u32 now = control.generation;
	bool current = connection && connection->generation == now;
	if (current && connection->selected)
		return connection;
	u32 tgid = bpf_get_current_pid_tgid() >> 32;
	if (current && connection->verdict_tgid == tgid)
		return 0;

	/* A listening socket may be older than its process' place in a cgroup, or come from elsewhere. */
	bool selected = socket_cgroup_selected(sk, flags) || task_selected(bpf_get_current_task_btf(), flags);
	if (!connection) {
		if (!selected)
			return 0;
		/* Socket storage outlives the close; an entry by address does not, and must not come back. */
		if (settings.rung == RUNG_SYS_EXIT && socket_state(sk) == TCP_CLOSE) {
			count(COUNTER_AFTER_CLOSE_BYTES, length);
			return 0;
		}
		connection = create_connection(sk);
		if (!connection)
			return 0;
		/* TCP Fast Open (RFC 7413): data before the handshake is complete. */
		u8 state = socket_state(sk);
		if (state == TCP_SYN_SENT) {
			connection->role = ROLE_CLIENT;
		} else if (state == TCP_SYN_RECV) {
			connection->role = ROLE_SERVER;
			connection->from_start = 1;
		} else if (direction == DIRECTION_REQUEST) {
			learn_beginning(connection, sk, length);
		}
	}
	bool paused = connection->resumed != control.resumed;
	connection->resumed = control.resumed;
	if (connection->selected && (!selected || paused))
		deselect(connection);
	if (paused || (connection->generation && !connection->selected && selected)) {
		/* Bytes have passed that nobody looked at. */
		connection->from_start = 0;
		connection->rx_seq_known &= SEQUENCE_NONE;
		connection->tx_seq_known &= SEQUENCE_NONE;
	}
	connection->generation = now;
	connection->verdict_tgid = tgid;
	connection->selected = selected;
	if (connection->role == ROLE_UNKNOWN)
		connection->role = role_of_old_connection(sk);
	return selected ? connection : 0;
}

/* At the end of a connection: was it a target all the time since its last call? Else bytes may have passed that nobody wanted. */
static __always_inline bool still_selected(struct connection *connection, struct sock *sk)
{
	u32 flags = control.target_flags;
	if (!flags || !connection->selected || connection->resumed != control.resumed)
		return false;
	/* Of which process it was is not known in softirq. */
	return connection->generation == control.generation || !(flags & TARGET_BY_CGROUP) || socket_cgroup_selected(sk, flags);
}
