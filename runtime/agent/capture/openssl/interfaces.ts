/** How the program learns the number of bytes: `enum length_source` in bpf/include/tls-hooks.h. */
export const lengthSources = { argument4: 0, argument5: 1, returned: 2 } as const;

/** One exported function: the first argument is the session, the second the buffer, a result ≤ 0 is no data. */
export interface TlsFunction {
  readonly name: string;
  readonly lengthSource: number;
}

/** The functions with which a TLS library gives and takes plaintext. The first of each list must be there. */
export interface TlsInterface {
  readonly read: readonly TlsFunction[];
  readonly write: readonly TlsFunction[];
  /** Functions that shake hands and nothing else; the session is their first argument. */
  readonly handshake: readonly string[];
  /** Another one, in libraries that define a function `mark`. */
  readonly olderHandshake?: { readonly mark: string; readonly name: string };
  /** Functions that end a session, or make it ready for another connection; the session is their first argument. */
  readonly end: readonly string[];
  /** Looked for in libraries only, not inside programs. */
  readonly exportedOnly: boolean;
}

const { argument4, argument5, returned } = lengthSources;

/** OpenSSL's manual SSL_read(3), SSL_write(3); LibreSSL, BoringSSL and AWS-LC have a part of it. */
export const openssl: TlsInterface = {
  read: [
    { name: 'SSL_read', lengthSource: returned },
    { name: 'SSL_read_ex', lengthSource: argument4 },
  ],
  write: [
    { name: 'SSL_write', lengthSource: returned },
    { name: 'SSL_write_ex', lengthSource: argument4 },
    // OpenSSL 3.3: flags before the pointer to the length.
    { name: 'SSL_write_ex2', lengthSource: argument5 },
  ],
  // SSL_accept and SSL_connect call it …
  handshake: ['SSL_do_handshake'],
  // … but not in OpenSSL 1.0.2 and LibreSSL, where this is no macro.
  olderHandshake: { mark: 'SSL_library_init', name: 'SSL_accept' },
  end: ['SSL_free', 'SSL_clear'],
  exportedOnly: false,
};

/** Libraries with functions of the same shape: (session, buffer, size), the number of bytes returned. */
export const others: readonly TlsInterface[] = [
  {
    read: [{ name: 'gnutls_record_recv', lengthSource: returned }],
    write: [
      { name: 'gnutls_record_send', lengthSource: returned },
      { name: 'gnutls_record_send2', lengthSource: returned },
    ],
    handshake: ['gnutls_handshake'],
    end: ['gnutls_deinit'],
    exportedOnly: true,
  },
  {
    read: [{ name: 'wolfSSL_read', lengthSource: returned }],
    write: [{ name: 'wolfSSL_write', lengthSource: returned }],
    handshake: ['wolfSSL_accept'],
    end: ['wolfSSL_free'],
    exportedOnly: true,
  },
  {
    read: [{ name: 'mbedtls_ssl_read', lengthSource: returned }],
    write: [{ name: 'mbedtls_ssl_write', lengthSource: returned }],
    handshake: ['mbedtls_ssl_handshake'],
    end: ['mbedtls_ssl_free'],
    exportedOnly: true,
  },
];
