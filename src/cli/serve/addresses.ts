/** Under which names and addresses this machine is reached. */
import { hostname, networkInterfaces } from 'node:os';

/** Hosts that mean "on every address of this machine". */
const EVERYWHERE: ReadonlySet<string> = new Set(['0.0.0.0', '::']);
const LOCAL: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '::1']);

type Interfaces = ReturnType<typeof networkInterfaces>;

/** Addresses others in the network can use. IPv6's link-local ones are left out: a browser takes no scope in a URL. */
export function networkAddresses(interfaces: Interfaces = networkInterfaces()): string[] {
  return Object.values(interfaces)
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, address }) => !internal && !/^fe[89ab]/i.test(address))
    .map(({ address }) => address);
}

/** The URLs a server that listens on `host` is reached at, this machine's own first. */
export function urlsOf(scheme: 'http' | 'https', host: string, port: number, interfaces?: Interfaces): string[] {
  const addresses = EVERYWHERE.has(host)
    ? ['localhost', ...networkAddresses(interfaces).filter((address) => host === '::' || !address.includes(':'))]
    : [host];
  return addresses.map((address) => `${scheme}://${address.includes(':') ? `[${address}]` : address}:${port}/`);
}

/** What a certificate has to name for every address the server may be asked under. */
export function certificateNames(host: string, interfaces?: Interfaces): string[] {
  const others = EVERYWHERE.has(host) ? [hostname(), ...networkAddresses(interfaces)] : [host];
  return [...new Set([...LOCAL, ...others])];
}

/** Whether only this machine reaches `host`: there a page is a secure context even without HTTPS. */
export function isLocal(host: string): boolean {
  return LOCAL.has(host);
}
