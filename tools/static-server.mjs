/** The server of `kyutai-stt serve`, for tools that run in plain Node before anything is built. */
import { tsImport } from 'tsx/esm/api';

/** @type {typeof import('../src/cli/serve/static-server.js')} */
const { startServer } = await tsImport('../src/cli/serve/static-server.ts', import.meta.url);
/** @type {typeof import('../src/cli/serve/send-file.js')} */
const { sendFile } = await tsImport('../src/cli/serve/send-file.ts', import.meta.url);

export { sendFile, startServer };
