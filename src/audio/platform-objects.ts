/** Kinds of the browser's objects, tested by brand: `instanceof` is false for objects of another window, as of an iframe. */

/** Whether `value` is an object of the class `type` of any window: other objects make the class's accessors throw. */
function hasBrand(value: unknown, type: string, accessor: string): boolean {
  const { prototype } = (Reflect.get(globalThis, type) ?? {}) as { readonly prototype?: object };
  if (typeof value !== 'object' || value === null || !prototype) return false;
  try {
    Reflect.get(prototype, accessor, value);
    return true;
  } catch (cause) {
    if (cause instanceof TypeError) return false;
    throw cause;
  }
}

/** Only nodes are asked: in the DOMs of unit tests the accessor may not check its object. */
export const isMediaElement = (value: unknown): value is HTMLMediaElement =>
  isNode(value) && hasBrand(value, 'HTMLMediaElement', 'paused');

const isNode = (value: unknown): value is object => typeof value === 'object' && value !== null && 'nodeType' in value;

/** Whether an element of a player's own has what is needed of a media element. */
export function hasMediaApi(value: unknown): value is HTMLMediaElement {
  return (
    isNode(value) && ['captureStream', 'addTextTrack'].every((name) => typeof Reflect.get(value, name) === 'function')
  );
}

export const isMediaStream = (value: unknown): value is MediaStream => hasBrand(value, 'MediaStream', 'active');

export const isMediaStreamTrack = (value: unknown): value is MediaStreamTrack =>
  hasBrand(value, 'MediaStreamTrack', 'readyState');

export const isBlob = (value: unknown): value is Blob => hasBrand(value, 'Blob', 'size');

export const isFile = (value: unknown): value is File => hasBrand(value, 'File', 'lastModified');

export const isArrayBuffer = (value: unknown): value is ArrayBuffer => hasBrand(value, 'ArrayBuffer', 'byteLength');

export const isUrl = (value: unknown): value is URL => hasBrand(value, 'URL', 'href');
