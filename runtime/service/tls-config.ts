// The sections of configuration files that name certificates; runtime/protocol/certificates.ts uses them.
import { z } from 'zod';

const file = z.string().min(1);

/** Of a part that others connect to. Left out: TLS with the key derived from the token. */
export const serverTls = z
  .strictObject({
    certificate: file,
    key: file,
    /** Not empty: every client must have a certificate of one of these authorities. */
    clientCa: z.array(file).max(16).default([]),
  })
  .optional();

/** Of a part that connects. Left out: TLS with the key derived from the token. */
export const clientTls = z
  .strictObject({
    ca: z.array(file).min(1).max(16),
    /** For a server that asks for a certificate. */
    own: z.strictObject({ certificate: file, key: file }).optional(),
    serverName: z.string().min(1).max(253).optional(),
  })
  .optional();
