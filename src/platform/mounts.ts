/**
 * The mount point that a folder lies on, where that forbids running what lies there: `mounts` is the text of
 * /proc/self/mounts, `folder` an absolute path without links. Pure.
 */
export function noExecMountOf(folder: string, mounts: string): string | undefined {
  const points = mounts.split('\n').flatMap((line) => {
    const [, point, , options] = line.split(' ')
    return point && options ? [{ point: readEscapes(point), options: options.split(',') }] : []
  })
  const around = points.filter(({ point }) => point === '/' || folder === point || folder.startsWith(`${point}/`))
  // The last one counts where several lie on the same place.
  const nearest = around.reduce<(typeof points)[number] | undefined>(
    (best, mount) => (best && best.point.length > mount.point.length ? best : mount),
    undefined,
  )
  return nearest?.options.includes('noexec') ? nearest.point : undefined
}

/** Spaces and the like are written as octal numbers there. */
const readEscapes = (text: string) =>
  text.replace(/\\([0-7]{3})/g, (_, code) => String.fromCharCode(Number.parseInt(code, 8)))
