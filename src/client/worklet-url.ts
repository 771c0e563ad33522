/** Where the capture worklet is. */
export const workletUrl = (): URL => new URL('../audio/capture.worklet.js', import.meta.url);
