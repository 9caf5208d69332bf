// Real certificates in files, as in mounted Secrets.
import 'reflect-metadata';
import { randomUUID, webcrypto } from 'node:crypto';
import { mkdtemp, rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const dayMs = 24 * 3600 * 1000;

export interface Authority {
  readonly certificate: X509Certificate;
  readonly keys: webcrypto.CryptoKeyPair;
  readonly pem: string;
}

export interface Leaf {
  readonly certificate: string;
  readonly key: string;
}

const newKeys = () =>
  webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']) as Promise<webcrypto.CryptoKeyPair>;

export async function createAuthority(name = 'Test CA'): Promise<Authority> {
  const keys = await newKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    notBefore: new Date(Date.now() - dayMs),
    notAfter: new Date(Date.now() + dayMs),
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true),
    ],
  });
  return { certificate, keys, pem: certificate.toString('pem') };
}

export interface LeafOptions {
  readonly names?: readonly string[];
  readonly isExpired?: boolean;
  readonly isClient?: boolean;
}

/** A certificate of the authority and its key, as PEM. */
export async function issue(authority: Authority, options: LeafOptions = {}): Promise<Leaf> {
  const { names = ['localhost'], isExpired = false, isClient = false } = options;
  const keys = await newKeys();
  const certificate = await X509CertificateGenerator.create({
    subject: `CN=${names[0] ?? 'client'}`,
    issuer: authority.certificate.subject,
    serialNumber: randomUUID().replaceAll('-', '').slice(0, 16),
    notBefore: new Date(Date.now() - 2 * dayMs),
    notAfter: new Date(Date.now() + (isExpired ? -dayMs : dayMs)),
    publicKey: keys.publicKey,
    signingKey: authority.keys.privateKey,
    signingAlgorithm: algorithm,
    extensions: [
      new SubjectAlternativeNameExtension(names.map(value => ({ type: 'dns' as const, value }))),
      new ExtendedKeyUsageExtension([isClient ? ExtendedKeyUsage.clientAuth : ExtendedKeyUsage.serverAuth]),
    ],
  });
  const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  return {
    certificate: certificate.toString('pem'),
    key: `-----BEGIN PRIVATE KEY-----\n${key.match(/.{1,64}/g)?.join('\n')}\n-----END PRIVATE KEY-----\n`,
  };
}

/** Paths of the files of one mounted Secret. */
export interface Mounted {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

/** Writes files as the kubelet does: under other names, then renamed, so that nobody reads half of one. */
export async function mount(ca: string, leaf: Leaf, folder?: string): Promise<Mounted> {
  const target = folder ?? (await mkdtemp(join(tmpdir(), 'link-certificates-')));
  const write = async (name: string, content: string) => {
    await writeFile(join(target, `.${name}`), content);
    await rename(join(target, `.${name}`), join(target, name));
    return join(target, name);
  };
  return {
    key: await write('tls.key', leaf.key),
    certificate: await write('tls.crt', leaf.certificate),
    ca: await write('ca.crt', ca),
  };
}
