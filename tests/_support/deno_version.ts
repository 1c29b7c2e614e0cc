/** Tells whether a version of Deno is `least` or later; both begin with "major.minor". */
export function isDenoAtLeast(
  least: string,
  version: string = Deno.version.deno,
): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [leastMajor = 0, leastMinor = 0] = least.split(".").map(Number);
  return major > leastMajor || major === leastMajor && minor >= leastMinor;
}
