import { Construct } from 'constructs';
import type { EnvVar, Secret } from 'kubernetes-types/core/v1.d.ts';
import { choose } from './expression/choose.ts';
import type { Val } from './expression/expr.ts';
import { whenever } from './expression/guard.ts';
import { helper } from './expression/helper.ts';
import { not } from './expression/not.ts';
import { required } from './expression/required.ts';
import { sha256 } from './expression/sha256.ts';
import { text } from './expression/text.ts';
import { truncate } from './expression/truncate.ts';
import type { Installation } from './installation.ts';
import { Resource, type Templated } from './resource.ts';

const tokenVariable = 'WALLARM_API_TOKEN';

/**
 * Hexadecimal digits of the token's checksum. 16 bits notice a change of the token in all but one of 65 536 cases, and
 * tell whoever reads the annotation no more than 16 bits: a guessed token cannot be confirmed.
 */
const checksumLength = 4;

/** The Secret with the installation token, unless the values name one that exists. */
export class Credentials extends Construct {
  /** The environment variable from which every service reads the token. */
  readonly tokenEnv: Templated<EnvVar>;
  /** Changes with the token, so that the pods restart. */
  readonly checksum: Val<string>;

  constructor(scope: Construct, id: string, installation: Installation) {
    super(scope, id);
    const { token, existingSecret } = installation.values.config.api;
    const { name, namespace } = installation.release;
    const ownName = installation.nameOf('credentials');
    const secretName = helper(
      'credentials.secretName',
      required(
        choose(existingSecret.enabled, existingSecret.secretName, ownName),
        'config.api.existingSecret.secretName',
        'set the name of the Secret that holds the token, or set config.api.existingSecret.enabled to false',
      ),
    );
    const secret = choose(existingSecret.enabled, existingSecret.checksum, token);
    this.checksum = helper(
      'credentials.checksum',
      truncate(sha256(text`${namespace}/${name}/${secret}`), checksumLength),
    );
    this.tokenEnv = {
      name: tokenVariable,
      valueFrom: {
        secretKeyRef: {
          name: secretName,
          key: choose(existingSecret.enabled, existingSecret.secretKey, tokenVariable),
        },
      },
    };

    whenever(this, 'own', not(existingSecret.enabled), own => {
      new Resource<Secret>(own, 'secret', {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: installation.metadata({ component: undefined, name: ownName }),
        type: 'Opaque',
        stringData: {
          [tokenVariable]: required(
            token,
            'config.api.token',
            'set the installation token, or set config.api.existingSecret.enabled and name a Secret that holds it',
          ),
        },
      });
    });
  }
}
