import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import type { Gpu } from '../../core/system.ts'
import { readTextOrEmpty } from '../read-text.ts'
import { runTool } from '../run-tool.ts'
import { readWindowsAnswer, windowsQuestion } from '../system/windows.ts'
import { type CardFiles, readLinuxCards } from './linux-cards.ts'
import { readMacDisplays } from './mac-displays.ts'
import { nvidiaQuestion, readNvidiaFiles, readNvidiaSmi } from './nvidia.ts'

/** The GPUs of this machine, as its own tools and files tell; takes up to some seconds. Never rejects. */
export async function readGpus(): Promise<readonly Gpu[]> {
  if (process.platform === 'darwin') {
    return readMacDisplays((await runTool('system_profiler', ['SPDisplaysDataType', '-json'])) ?? '')
  }
  const [nvidia, others] = await Promise.all([readNvidia(), process.platform === 'win32' ? readWindows() : readDrm()])
  return [...nvidia, ...others.filter(({ vendor }) => nvidia.length === 0 || vendor !== 'NVIDIA')]
}

/** Whether an NVIDIA driver is installed, by its files; costs nothing. */
export const hasNvidiaDriver = (): boolean =>
  ['/proc/driver/nvidia/version', '/usr/lib/wsl/lib/libcuda.so.1', 'C:\\Windows\\System32\\nvcuda.dll'].some((path) =>
    existsSync(path),
  )

/** Where the tool is, beside the folders of PATH: of Linux inside of Windows, of NixOS, and of nodes of Kubernetes. */
const nvidiaTools = [
  'nvidia-smi',
  '/usr/lib/wsl/lib/nvidia-smi',
  '/run/current-system/sw/bin/nvidia-smi',
  '/usr/local/nvidia/bin/nvidia-smi',
]

async function readNvidia(): Promise<readonly Gpu[]> {
  for (const tool of nvidiaTools) {
    const answer = await runTool(tool, nvidiaQuestion)
    if (answer) return readNvidiaSmi(answer, (await runTool(tool, [])) ?? '')
  }
  const folder = '/proc/driver/nvidia/gpus'
  const cards = namesIn(folder).map((name) => readTextOrEmpty(join(folder, name, 'information')))
  return readNvidiaFiles(readTextOrEmpty('/proc/driver/nvidia/version'), cards)
}

const readWindows = async () => readWindowsAnswer((await runTool('powershell.exe', windowsQuestion)) ?? '').gpus

/** Names cost a start of Vulkan, so they are asked for only where there is a card. */
async function readDrm(): Promise<readonly Gpu[]> {
  const cards = namesIn('/sys/class/drm').filter((name) => /^card\d+$/.test(name))
  if (cards.length === 0) return []
  return readLinuxCards(cards.map(cardFiles), (await runTool('vulkaninfo', ['--summary'])) ?? '')
}

function cardFiles(name: string): CardFiles {
  const read = (file: string) => readTextOrEmpty(join('/sys/class/drm', name, 'device', file))
  return {
    vendor: read('vendor'),
    device: read('device'),
    uevent: read('uevent'),
    productName: read('product_name'),
    memoryTotal: read('mem_info_vram_total'),
    memoryUsed: read('mem_info_vram_used'),
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return existsSync(folder) ? readdirSync(folder).sort() : []
  } catch {
    return []
  }
}
