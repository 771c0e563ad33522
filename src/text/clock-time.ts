/** Formats times in seconds. */

/** `1:05`, or `1:01:05` from one hour on. */
export function clockTime(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (value: number): string => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** An ISO 8601 duration such as `PT65.00S`, for `<time datetime>`. */
export function isoDuration(seconds: number): string {
  return `PT${Math.max(0, seconds).toFixed(2)}S`;
}
