import { z } from 'zod';

/** Where a server listens. `host` without brackets; port 0 takes any free port. */
export interface ListenAddress {
  host: string;
  port: number;
}

const pattern = /^(?:\[(?<v6>[0-9a-fA-F:.]+)\]|(?<host>[\w.-]+)):(?<port>\d{1,5})$/;

/** `0.0.0.0:9090`, `[::]:9090`, `localhost:0` → ListenAddress. */
export const listenAddress = z.string().transform((text, context): ListenAddress => {
  const groups = pattern.exec(text)?.groups;
  const port = Number(groups?.port);
  if (groups === undefined || port > 65535) {
    context.issues.push({
      code: 'custom',
      input: text,
      message: 'host:port such as 0.0.0.0:9090 or [::]:9090',
    });
    return z.NEVER;
  }
  return { host: groups.v6 ?? groups.host ?? '', port };
});

/** The text form, for logs. */
export function formatAddress({ host, port }: ListenAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
