export declare const plantedSecrets: {
  readonly hubToken: string
  readonly allowedKey: string
  readonly providerKey: string
  readonly unknownKey: string
  readonly prompt: string
  readonly answer: string
}
export declare function secretsIn(text: string): readonly string[]
