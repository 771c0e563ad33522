/** The version of this package. */
import { createRequire } from 'node:module';

export function packageVersion(): string {
  return (createRequire(import.meta.url)('kyutai-stt/package.json') as { version: string }).version;
}
