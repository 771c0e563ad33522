/** The `kyutai-stt` command. */
import { run } from './run.js';

// A log that is full or closed ends no batch: the results and the exit code report its failures too.
process.stderr.on('error', () => undefined);
process.exitCode = await run(process.argv.slice(2));
