import { alwaysTrue, boolean } from '../kinds/boolean.ts';
import { integer } from '../kinds/integer.ts';
import { section } from '../kinds/section.ts';
import { string } from '../kinds/string.ts';

const secretName = '^([a-z0-9]([-.a-z0-9]*[a-z0-9])?)?$';

export const api = section('The cloud service, and the token that all parts of this installation share.', {
  token: string('', 'Installation token. Required unless `existingSecret.enabled`. Kept in a Secret.', {
    secret: true,
  }),
  host: string('', 'Host name of the cloud service. Empty: the one in this release (`cloud.enabled`).', {
    pattern: ['^[A-Za-z0-9.:_-]*$', 'expected a host name or an IP address, without scheme or path'],
    maxLength: 253,
  }),
  port: integer(443, 'Port of the cloud service; used when `host` is set.', 1, 65535),
  useSSL: alwaysTrue('Whether the cloud service is reached over TLS.', 'uploads are always encrypted'),
  existingSecret: section('Takes the token from a Secret that is already in the namespace.', {
    enabled: boolean(false, 'Use the Secret below instead of `token`.'),
    secretKey: string('token', 'Key inside the Secret.', {
      pattern: ['^[-._a-zA-Z0-9]+$', 'expected letters, digits, "-", "." and "_"'],
      maxLength: 253,
    }),
    secretName: string('wallarm-api-token', 'Name of the Secret.', {
      pattern: [secretName, 'expected the name of a Secret'],
      maxLength: 253,
    }),
  }),
});
