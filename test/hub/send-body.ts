/** Sends a file or a range of it, with the planned faults. */
import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import type { Fault, HubRequest } from './faults.js';

type Sent = (start: number, length: number, ranged: boolean) => void;

export function sendBody(
  response: ServerResponse,
  { range }: HubRequest,
  fault: Fault,
  { bytes: file, etag }: { readonly bytes: Uint8Array; readonly etag: string },
  sent: Sent,
): void {
  response.setHeader('etag', etag);
  response.setHeader('accept-ranges', 'bytes');
  const ranged = range !== undefined && fault.ignoresRange !== true && fault.gzip !== true;
  const first = ranged ? Math.max(0, range[0] + (fault.rangeOffBy ?? 0)) : 0;
  const end = ranged ? Math.min(file.length, range[1] + 1 + (fault.rangeOffBy ?? 0)) : file.length;
  if (ranged && first >= file.length) {
    response.writeHead(416, { 'content-range': `bytes */${file.length}` }).end();
    return;
  }
  const bytes = Buffer.from(file.subarray(first, end));
  if (fault.flipAt !== undefined && fault.flipAt < bytes.length) bytes[fault.flipAt]! ^= 16;
  const body = fault.gzip === true ? gzipSync(bytes) : bytes;
  const headers: Record<string, string> = { 'content-length': String(body.length + (fault.lengthOffBy ?? 0)) };
  if (fault.gzip === true) headers['content-encoding'] = 'gzip';
  if (ranged) headers['content-range'] = `bytes ${first}-${end - 1}/${file.length + (fault.totalOffBy ?? 0)}`;
  if (fault.lengthOffBy !== undefined) headers['connection'] = 'close';
  response.writeHead(ranged ? 206 : 200, headers);
  response.flushHeaders();
  if (fault.hangs === true) return;

  const most = Math.min(body.length, fault.cutAfter ?? Infinity);
  // Compressed bytes have no position in the file; they count as if spread evenly over it.
  const place = (at: number): number => first + Math.floor((at * bytes.length) / Math.max(body.length, 1));
  const finish = (): void => {
    if (fault.cutAfter !== undefined || fault.lengthOffBy !== undefined) response.socket?.destroySoon();
    else response.end();
  };
  const step = fault.drip?.bytes ?? 16 * 1024;
  let gateOpen = false;
  const write = (at: number): void => {
    if (response.destroyed) return; // the client has disconnected
    if (at >= most) {
      finish();
      return;
    }
    if (fault.gate !== undefined && !gateOpen && place(at) >= fault.gate.at) {
      void fault.gate.open.then(() => {
        gateOpen = true;
        write(at);
      });
      return;
    }
    const part = body.subarray(at, Math.min(at + step, most));
    sent(place(at), place(at + part.length) - place(at), ranged);
    response.write(part, (error) => {
      if (error !== null && error !== undefined) return; // the client has disconnected
      if (fault.drip === undefined) write(at + part.length);
      else setTimeout(() => write(at + part.length), fault.drip.everyMs);
    });
  };
  write(0);
}
