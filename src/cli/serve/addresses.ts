/** The host names and addresses of this machine. */
import { isIP } from 'node:net';
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

/** The name in a Host header, in lower case; `[::1]` without its brackets. Undefined without a header, as from no browser. */
export function hostNameOf(header: string | undefined): string | undefined {
  return header
    ?.replace(/:\d*$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
    .toLowerCase();
}

/**
 * Whether `name` can only mean this machine. An address can: it is not looked up. Any other name may be one that its owner
 * resolves to this machine (DNS rebinding).
 * @param allowed further names
 */
export function isOwnHost(name: string, allowed: readonly string[]): boolean {
  const own = hostname().toLowerCase();
  const names = ['localhost', own, `${own.split('.')[0] ?? own}.local`, ...allowed.map((each) => each.toLowerCase())];
  return isIP(name) > 0 || name.endsWith('.localhost') || names.includes(name);
}
