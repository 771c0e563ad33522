/** Formats sizes, rates and durations for display. */
import type { Strings } from '../strings/strings.js';

const MEGABYTE = 1e6;

/** Millions of bytes, with one decimal below ten. */
export function megabytes(bytes: number, language: string): string {
  return decimal(bytes / MEGABYTE, bytes < 10 * MEGABYTE ? 1 : 0, language);
}

const formats = new Map<string, Intl.NumberFormat>();

export function decimal(value: number, digits: number, language: string): string {
  const key = `${language} ${digits}`;
  let format = formats.get(key);
  if (!format) {
    format = new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits });
    formats.set(key, format);
  }
  return format.format(value);
}

export interface DownloadAmount {
  readonly loaded: number;
  readonly total: number;
  readonly bytesPerSecond?: number | undefined;
  readonly secondsLeft?: number | undefined;
}

/** `312 / 669 MB`. */
export function amountText({ loaded, total }: DownloadAmount, strings: Strings, language: string): string {
  return strings.amount.replace('{loaded}', megabytes(loaded, language)).replace('{total}', megabytes(total, language));
}

/** `12 MB/s · 45 s left`, in minutes from 90 s on; empty while both are unknown. */
export function paceText({ bytesPerSecond, secondsLeft }: DownloadAmount, strings: Strings, language: string): string {
  const parts: string[] = [];
  if (bytesPerSecond !== undefined && bytesPerSecond > 0)
    parts.push(strings.rate.replace('{rate}', megabytes(bytesPerSecond, language)));
  if (secondsLeft !== undefined) {
    const long = secondsLeft >= 90;
    parts.push(
      long
        ? strings.minutesLeft.replace('{minutes}', decimal(Math.round(secondsLeft / 60), 0, language))
        : strings.secondsLeft.replace('{seconds}', decimal(Math.max(1, Math.ceil(secondsLeft)), 0, language)),
    );
  }
  return parts.join(' · ');
}
