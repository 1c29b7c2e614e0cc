/** Tells whether a version of Deno is `least` or later; both begin with "major.minor". */
export function isDenoAtLeast(
  least: string,
  version: string = Deno.version.deno,
): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [leastMajor = 0, leastMinor = 0] = least.split(".").map(Number);
  return major > leastMajor || major === leastMajor && minor >= leastMinor;
}

/**
 * Checks that this Deno is new enough.
 *
 * @param least The version with which it began to work.
 * @param action What takes it, such as "serve in parallel".
 * @throws {Deno.errors.NotSupported} If it is older.
 */
export function assertDenoAtLeast(
  least: string,
  action: string,
  version: string = Deno.version.deno,
): void {
  if (isDenoAtLeast(least, version)) return;
  throw new Deno.errors.NotSupported(
    `Cannot ${action} with Deno ${version}: it takes Deno ${least}`,
  );
}
