// Words that tell static path segments from values.

/** Segments that are never a value, although they stand where one may stand: `/users/me`, `/orders/search`. */
const reserved = new Set(
  `me self current mine all any new latest default search find filter query list count stats statistics summary export
   import bulk batch login logout signin signup signout register refresh verify validate reset health healthz ready live
   status ping version info metrics config settings schema docs swagger openapi graphql rpc api rest public private
   internal admin auth oauth oauth2 token tokens session sessions callback webhook webhooks upload download preview
   recent trending popular top random autocomplete suggest suggestions upcoming archived active inactive`.split(
    /\s+/,
  ),
);

/** First words of names of operations: `getPreference`, `export-rows`. */
const verbs = new Set(
  `add apply approve archive assign attach authenticate authorize block calculate cancel change check clear clone close
   commit complete compute confirm connect convert copy count create deactivate activate decline delete deploy describe
   detach disable disconnect discover do download enable evaluate execute export fetch filter find finish force generate
   get grant import init insert invite invoke is join kick launch leave link list load lock login logout lookup make mark
   merge move notify open parse patch pause pay ping poll post preview process publish pull purge push put query read
   rebuild receive recover refresh register reject release reload remove rename reopen reorder replace report request
   resend reset resize resolve restart restore resume retry revert revoke rollback rotate run save scan schedule search
   send set share show sign skip start stop submit subscribe suspend swap switch sync test toggle track transfer trigger
   unassign unblock unlink unlock unpublish unsubscribe update upgrade upload validate verify view watch write`.split(
    /\s+/,
  ),
);

export function isReserved(segment: string): boolean {
  return reserved.has(segment.toLowerCase());
}

/** `v1`, `v2.1`, `v1beta2`, `2023-01` is not. */
export function isVersion(segment: string): boolean {
  return /^v\d{1,4}(?:\.\d{1,3}){0,2}(?:-?(?:alpha|beta|rc)\d{0,3})?$/i.test(segment);
}

/** The words of `getUserName`, `get-user_name`, lower case. */
export function words(segment: string): string[] {
  return segment
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(word => word !== '');
}

export function startsWithVerb(segment: string): boolean {
  const [first, ...rest] = words(segment);
  // A single word may be a name that happens to be a verb (`mark`); two are an operation.
  return first !== undefined && verbs.has(first) && (rest.length > 0 || first !== 'mark');
}
