/** Whether the permissions policy of the page or of the frames around it keeps the microphone from it. */

/** False where the policy forbids the microphone; undefined where the browser does not say. */
export function policyAllowsMicrophone(): boolean | undefined {
  const { featurePolicy } = document as { featurePolicy?: { allowsFeature(feature: string): boolean } };
  return featurePolicy?.allowsFeature('microphone');
}

/**
 * Why the microphone is refused, for the author of the page; undefined if the visitor or the system refused it. Browsers that
 * do not tell the policy list no microphone in a frame without the permission.
 */
export async function policyRefusal(devices: MediaDevices): Promise<string | undefined> {
  const allowed = policyAllowsMicrophone();
  if (allowed === true) return undefined;
  if (allowed === undefined) {
    if (!isForeignFrame()) return undefined;
    const listed = await devices.enumerateDevices();
    if (listed.some(({ kind }) => kind === 'audioinput')) return undefined;
  }
  return window === top
    ? 'the Permissions-Policy header of this page forbids the microphone, expected microphone=(self)'
    : 'this frame may not use the microphone, expected allow="microphone" on its <iframe>';
}

function isForeignFrame(): boolean {
  if (window === top) return false;
  try {
    return top?.location.origin !== location.origin;
  } catch {
    return true; // only another origin's window refuses its address
  }
}
