import { expect, test } from 'bun:test'
import { readMacDisplays } from '../gpu/mac-displays.ts'
import { readSoftwareVersion, readSysctl } from './mac.ts'

const appleSilicon = `hw.ncpu: 10
hw.memsize: 34359738368
hw.physicalcpu: 10
hw.logicalcpu: 10
hw.optional.neon: 1
hw.optional.AdvSIMD: 1
hw.optional.arm.FEAT_FP16: 1
hw.optional.arm.FEAT_DotProd: 1
hw.optional.arm.FEAT_BF16: 0
hw.optional.arm.FEAT_I8MM: 0
machdep.cpu.cores_per_package: 10
machdep.cpu.brand_string: Apple M1 Max
vm.swapusage: total = 2048.00M  used = 512.50M  free = 1535.50M  (encrypted)
`

test('an Apple processor: its switches are its features, and swap is told in MiB', () => {
  expect(readSysctl(appleSilicon)).toEqual({
    processor: {
      name: 'Apple M1 Max',
      vendor: 'Apple',
      physicalCores: 10,
      features: ['neon', 'asimd', 'asimdhp', 'asimddp'],
    },
    memory: { totalBytes: 34359738368, swapTotalBytes: 2048 * 2 ** 20, swapFreeBytes: 1535.5 * 2 ** 20 },
  })
})

test('an Intel processor: its features are lists', () => {
  const { processor } = readSysctl(`hw.physicalcpu: 6
machdep.cpu.vendor: GenuineIntel
machdep.cpu.brand_string: Intel(R) Core(TM) i7-9750H CPU @ 2.60GHz
machdep.cpu.features: FPU SSE SSSE3 FMA SSE4.2 AVX1.0 F16C
machdep.cpu.leaf7_features: RDWRFSGS BMI1 AVX2 BMI2
`)
  expect(processor.vendor).toBe('GenuineIntel')
  expect(processor.features).toEqual(['sse4_2', 'ssse3', 'avx', 'f16c', 'fma', 'avx2', 'bmi2'])
})

test('what macOS prints of itself', () => {
  expect(readSoftwareVersion('ProductName:\t\tmacOS\nProductVersion:\t\t15.1\nBuildVersion:\t\t24B83\n')).toBe(
    'macOS 15.1',
  )
  expect(readSoftwareVersion('')).toBeUndefined()
  expect(readSysctl('')).toEqual({ processor: { features: [] }, memory: {} })
})

test('the GPU of an Apple processor shares its memory; two others have their own, or a part', () => {
  const cards = [
    {
      _name: 'spdisplays_builtin',
      spdisplays_vendor: 'sppci_vendor_Apple',
      sppci_cores: '32',
      sppci_model: 'Apple M1 Max',
    },
    { _name: 'Intel UHD Graphics 630', sppci_model: 'Intel UHD Graphics 630', spdisplays_vram_shared: '1536 MB' },
    {
      _name: 'kHW_AMD',
      sppci_model: 'AMD Radeon Pro 5300M',
      spdisplays_vendor: 'AMD (0x1002)',
      spdisplays_vram: '4 GB',
    },
    { sppci_bus: 'no name at all' },
  ]
  expect(readMacDisplays(JSON.stringify({ SPDisplaysDataType: cards }))).toEqual([
    { name: 'Apple M1 Max', vendor: 'Apple', isIntegrated: true },
    { name: 'Intel UHD Graphics 630', vendor: 'Intel', totalBytes: 1536 * 2 ** 20, isIntegrated: true },
    { name: 'AMD Radeon Pro 5300M', vendor: 'AMD', totalBytes: 4 * 2 ** 30, isIntegrated: false },
  ])
})

test.each(['', 'not json', '[]', '{}', '{"SPDisplaysDataType":"text"}'])(
  'displays that cannot be read are none: %p',
  (text) => {
    expect(readMacDisplays(text)).toEqual([])
  },
)
