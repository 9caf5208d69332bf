// Rendezvous hashing (Thaler, Ravishankar 1998): every replica works out the same owner without talking to the others,
// and when one comes or goes only its own share moves.

/** FNV-1a over UTF-16 code units, 32 bits. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

/** The finaliser of MurmurHash3: every bit of the input moves every bit of the output. */
function mix(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** The member with the highest weight for the key; the first of equal ones by name. Throws when there are none. */
export function ownerOf<T extends { readonly name: string; readonly seed: number }>(
  key: number,
  members: readonly T[],
): T {
  let owner: T | undefined;
  let highest = -1;
  for (const member of members) {
    const weight = mix(member.seed ^ key);
    if (weight > highest || (weight === highest && owner !== undefined && member.name < owner.name)) {
      owner = member;
      highest = weight;
    }
  }
  if (owner === undefined) throw new RangeError('ownerOf needs at least one member');
  return owner;
}

/** Of an exchange: connections are numbered per node, nodes are told apart by their agents' epochs. */
export function connectionKey(epochHash: number, connection: number): number {
  return mix(
    epochHash ^ (connection % 0x1_0000_0000) ^ Math.imul(Math.floor(connection / 0x1_0000_0000), 0x9e3779b1),
  );
}
