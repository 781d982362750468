/** An archive could not be made, or must not be shipped; the message is for people. */
export class DistributionError extends Error {}
