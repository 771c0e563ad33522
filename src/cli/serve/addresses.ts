/** The host names and addresses of this machine. */
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

/** The URLs of a server that listens on `host`, localhost first. */
export function urlsOf(scheme: 'http' | 'https', host: string, port: number, interfaces?: Interfaces): string[] {
  const addresses = EVERYWHERE.has(host)
    ? ['localhost', ...networkAddresses(interfaces).filter((address) => host === '::' || !address.includes(':'))]
    : [host];
  return addresses.map((address) => `${scheme}://${address.includes(':') ? `[${address}]` : address}:${port}/`);
}

/** The names a certificate needs for every address of the server. */
export function certificateNames(host: string, interfaces?: Interfaces): string[] {
  const others = EVERYWHERE.has(host) ? [hostname(), ...networkAddresses(interfaces)] : [host];
  return [...new Set([...LOCAL, ...others])];
}

/** Whether `host` is reachable from this machine only: its pages are secure contexts even without HTTPS. */
export function isLocal(host: string): boolean {
  return LOCAL.has(host);
}
