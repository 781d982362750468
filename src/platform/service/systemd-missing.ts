import type { Obstacle } from './service-manager.ts'
import type { ServiceWorld } from './service-world.ts'

/** What to do on a Linux that systemd does not run. */
export function missingSystemd(world: Pick<ServiceWorld, 'look' | 'read'>): Obstacle {
  return { message: 'systemd does not run this system, so no service can be installed.', hint: adviceFor(world) }
}

function adviceFor({ look, read }: Pick<ServiceWorld, 'look' | 'read'>): string {
  if (/microsoft/i.test(read('/proc/version') ?? '') && !look('/.dockerenv'))
    return 'In WSL: put the lines [boot] and systemd=true into /etc/wsl.conf, say wsl --shutdown in Windows, and try again.'
  if (look('/.dockerenv') || look('/run/.containerenv'))
    return 'In a container nothing else is needed: let it run `hearth serve` as its command, and restart it with docker run --restart unless-stopped or restart: unless-stopped in compose.yaml.'
  if (look('/run/openrc') || look('/sbin/openrc-run'))
    return 'With OpenRC: /etc/init.d/hearth with the lines #!/sbin/openrc-run, supervisor=supervise-daemon, command=/usr/local/bin/hearth, command_args=serve, command_user=hearth; then rc-update add hearth.'
  return 'Let your init start `hearth serve` and start it anew when it ends with an error; SIGTERM ends it when running requests are done. Or run it in a container.'
}
