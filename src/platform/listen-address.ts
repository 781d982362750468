/** Where a server is to listen. */
export type ListenAddress =
  | {
      readonly type: 'tcp'
      /** An address or name of this machine, without brackets; `0.0.0.0` and `::` are all of them. */
      readonly host: string
      /** 0: any free port. */
      readonly port: number
      /** Whether it speaks HTTPS. */
      readonly isSecure: boolean
    }
  | {
      readonly type: 'unix'
      /** Absolute. */
      readonly path: string
      /** Who may connect, as the permissions of the file: 0o660 is its owner and its group. */
      readonly mode: number
    }
  /** Every socket that systemd hands over. */
  | { readonly type: 'systemd' }

/** Whether only programs on this machine can connect to it. What systemd hands over is known once it is there. */
export function isOfThisMachine(address: ListenAddress): boolean {
  if (address.type === 'systemd') return false
  return address.type === 'unix' || isLoopback(address.host)
}

/** Whether a name or an address is that of the machine itself. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^(::ffff:)?127(\.\d{1,3}){3}$/i.test(host)

/** As it is written in `listen`: `http://[::1]:8080`, `unix:/run/hearth.sock`, `systemd`. */
export function addressText(address: ListenAddress): string {
  if (address.type === 'systemd') return 'systemd'
  if (address.type === 'unix') return `unix:${address.path}`
  const { host, port, isSecure } = address
  return `${isSecure ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** An address of this machine that a client on it can connect to: "every address" is none. */
export const reachableHost = (host: string): string => ({ '0.0.0.0': '127.0.0.1', '::': '::1' })[host] ?? host
