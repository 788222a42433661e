/** The name of an issuer without a slash at its end, which is the most frequent difference between two spellings of one. */
export function withoutSlash(issuer: string): string {
  return issuer.endsWith('/') ? issuer.slice(0, -1) : issuer;
}
