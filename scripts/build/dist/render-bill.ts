import { createHash } from 'node:crypto'
import { ComponentType, HashAlgorithm } from '@cyclonedx/cyclonedx-library/Enums'
import {
  Component as BillComponent,
  Bom,
  ComponentRepository,
  HashDictionary,
  type License,
  LicenseExpression,
  LicenseRepository,
  Metadata,
  Property,
  PropertyRepository,
  SpdxLicense,
} from '@cyclonedx/cyclonedx-library/Models'
import { JSON as BillJson, JsonSerializer } from '@cyclonedx/cyclonedx-library/Serialize'
import { isSupportedSpdxId } from '@cyclonedx/cyclonedx-library/SPDX'
import { Spec1dot6 } from '@cyclonedx/cyclonedx-library/Spec'
import { version } from '../../../src/config/version.ts'
import type { Target } from '../targets.ts'
import type { Component, ComponentFile } from './component.ts'

const kinds = {
  platform: ComponentType.Platform,
  library: ComponentType.Library,
  framework: ComponentType.Framework,
} as const

/**
 * The bill of materials of an executable: CycloneDX 1.6 as JSON. The same components give the same bytes: it has no time in it, and
 * its serial number comes from what it says.
 */
export function renderBill({ name, device, machine }: Target, components: readonly Component[]): string {
  const [platform, processor] = machine.split('-')
  const program = new BillComponent(ComponentType.Application, 'hearth', {
    bomRef: 'hearth',
    version,
    licenses: licencesOf('Apache-2.0'),
    properties: new PropertyRepository([
      new Property('hearth:target', name),
      new Property('hearth:platform', String(platform)),
      new Property('hearth:processor', String(processor)),
      new Property('hearth:device', device),
    ]),
  })
  const parts = components.map((component) => describe(component, ''))
  for (const { bomRef } of parts) program.dependencies.add(bomRef)
  const bill = new Bom({ metadata: new Metadata({ component: program }), components: new ComponentRepository(parts) })
  bill.serialNumber = `urn:uuid:${uuidOf(serialize(bill))}`
  return `${serialize(bill)}\n`
}

const serialize = (bill: Bom) =>
  new JsonSerializer(new BillJson.Normalize.Factory(Spec1dot6)).serialize(bill, { sortLists: true, space: 2 })

function describe(
  { name, kind, version: which, purl, licence, sha512, files = [], parts = [], note }: Component,
  above: string,
): BillComponent {
  const reference = `${above}${name}${which ? `@${which}` : ''}`
  const inner = parts.map((part) => describe(part, `${reference}/`))
  const component = new BillComponent(kinds[kind], name, {
    bomRef: reference,
    licenses: licencesOf(licence),
    components: new ComponentRepository([...files.map((file) => describeFile(file, reference)), ...inner]),
    ...(which && { version: which }),
    ...(purl && { purl }),
    ...(sha512 && { hashes: new HashDictionary([[HashAlgorithm['SHA-512'], sha512]]) }),
    ...(note && { description: note }),
  })
  for (const { bomRef } of inner) component.dependencies.add(bomRef)
  return component
}

const describeFile = ({ name, bytes, sha256 }: ComponentFile, above: string) =>
  new BillComponent(ComponentType.File, name, {
    bomRef: `${above}/${name}`,
    hashes: new HashDictionary([[HashAlgorithm['SHA-256'], sha256]]),
    properties: new PropertyRepository([new Property('hearth:bytes', String(bytes))]),
  })

/** One licence has an identifier of its own; several are an expression. */
function licencesOf(licence: string): LicenseRepository {
  const one: License = isSupportedSpdxId(licence) ? new SpdxLicense(licence) : new LicenseExpression(licence)
  return new LicenseRepository([one])
}

/** Version 8: as its maker likes; here from a checksum. */
function uuidOf(text: string): string {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 16)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
