import { expect, test } from 'bun:test'
import { noExecMountOf } from './mounts.ts'

const mounts = `/dev/sda1 / ext4 rw,relatime 0 0
tmpfs /tmp tmpfs rw,nosuid,nodev,noexec 0 0
/dev/sdb1 /home ext4 rw,noexec 0 0
/dev/sdc1 /home/ada ext4 rw 0 0
/dev/sdd1 /media/my\\040disk vfat rw,noexec 0 0
`

test.each([
  ['/opt/hearth', undefined],
  ['/tmp', '/tmp'],
  ['/tmp/hearth/native', '/tmp'],
  ['/tmpfiles', undefined],
  ['/home/bob/.local', '/home'],
  ['/home/ada/.local', undefined],
  ['/media/my disk/hearth', '/media/my disk'],
])('%s is forbidden to run things by %p', (folder, mount) => {
  expect(noExecMountOf(folder, mounts)).toBe(mount)
})

test('of two on the same place the later one counts', () => {
  expect(noExecMountOf('/tmp/x', `${mounts}tmpfs /tmp tmpfs rw 0 0\n`)).toBeUndefined()
})

test('without a list nothing is claimed', () => {
  expect(noExecMountOf('/tmp/x', '')).toBeUndefined()
})
