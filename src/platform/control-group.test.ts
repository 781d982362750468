import { expect, test } from 'bun:test'
import { controlGroupLimits } from './control-group.ts'

const limits = (files: Readonly<Record<string, string>>) => controlGroupLimits((path) => files[path] ?? '')
const gigabyte = 2 ** 30

test('without control groups there is no limit', () => {
  expect(limits({})).toEqual({
    cores: Number.POSITIVE_INFINITY,
    freeBytes: Number.POSITIVE_INFINITY,
    limitBytes: Number.POSITIVE_INFINITY,
  })
  expect(
    limits({
      '/proc/self/cgroup': '0::/\n',
      '/sys/fs/cgroup/cpu.max': 'max 100000\n',
      '/sys/fs/cgroup/memory.max': 'max\n',
    }),
  ).toEqual({
    cores: Number.POSITIVE_INFINITY,
    freeBytes: Number.POSITIVE_INFINITY,
    limitBytes: Number.POSITIVE_INFINITY,
  })
})

test('version 2: a container, whose own group is the root', () => {
  expect(
    limits({
      '/proc/self/cgroup': '0::/\n',
      '/sys/fs/cgroup/cpu.max': '150000 100000\n',
      '/sys/fs/cgroup/memory.max': `${4 * gigabyte}\n`,
      '/sys/fs/cgroup/memory.current': `${3 * gigabyte}\n`,
      '/sys/fs/cgroup/memory.stat': `anon ${gigabyte}\ninactive_file ${gigabyte}\nactive_file ${gigabyte}\n`,
    }),
  ).toEqual({ cores: 1.5, freeBytes: 3 * gigabyte, limitBytes: 4 * gigabyte })
})

test('version 2: the tightest of the groups around a service counts', () => {
  expect(
    limits({
      '/proc/self/cgroup': '0::/system.slice/hearth.service\n',
      '/sys/fs/cgroup/system.slice/cpu.max': '200000 100000\n',
      '/sys/fs/cgroup/system.slice/hearth.service/cpu.max': '400000 100000\n',
      '/sys/fs/cgroup/system.slice/hearth.service/memory.max': `${gigabyte}\n`,
      '/sys/fs/cgroup/system.slice/hearth.service/memory.current': '0\n',
    }),
  ).toEqual({ cores: 2, freeBytes: gigabyte, limitBytes: gigabyte })
})

test('version 1: quota and memory lie in folders of their own', () => {
  expect(
    limits({
      '/proc/self/cgroup': '4:memory:/docker/abc\n1:cpu,cpuacct:/docker/abc\n',
      '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n',
      '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
      '/sys/fs/cgroup/cpu/docker/abc/cpu.cfs_quota_us': '300000\n',
      '/sys/fs/cgroup/cpu/docker/abc/cpu.cfs_period_us': '100000\n',
      '/sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes': `${2 * gigabyte}\n`,
      '/sys/fs/cgroup/memory/docker/abc/memory.usage_in_bytes': `${gigabyte}\n`,
    }),
  ).toEqual({ cores: 3, freeBytes: gigabyte, limitBytes: 2 * gigabyte })
})
