import { alwaysTrue, boolean } from '../kinds/boolean.ts';
import { integer } from '../kinds/integer.ts';
import { section } from '../kinds/section.ts';
import { string } from '../kinds/string.ts';
import { withoutEffect } from '../kinds/value-node.ts';
import { nameString } from './service.ts';

export const api = section('The cloud service, and the token that all parts of this installation share.', {
  token: string('', 'Installation token. Required unless `existingSecret.enabled`. Kept in a Secret.', {
    secret: true,
  }),
  host: string(
    '',
    "Host name of the cloud service. Empty, or one of the vendor's hosts, whose private protocol is not spoken: the " +
      'one in this release (`cloud.enabled`).',
    {
      pattern: ['^[A-Za-z0-9.:_-]*$', 'expected a host name or an IP address, without scheme or path'],
      maxLength: 253,
    },
  ),
  port: integer(443, 'Port of the cloud service; used when `host` is set.', 1, 65535),
  useSSL: alwaysTrue('Whether the cloud service is reached over TLS.', 'uploads are always encrypted'),
  caVerify: withoutEffect(boolean(true, 'both ends prove that they know the token.')),
  existingSecret: section('Takes the token from a Secret that is already in the namespace.', {
    enabled: boolean(false, 'Use the Secret below instead of `token`.'),
    secretKey: string('token', 'Key inside the Secret.', {
      pattern: ['^[-._a-zA-Z0-9]+$', 'expected letters, digits, "-", "." and "_"'],
      maxLength: 253,
    }),
    secretName: nameString('Name of the Secret.', 'wallarm-api-token'),
    checksum: string(
      '',
      'Any text; change it to restart the pods after a change of the Secret, which the chart cannot see.',
      { maxLength: 253 },
    ),
  }),
});
