/** Reasons of the gate to refuse a code, read from its sentences, because they have no error codes. */

const REFUSALS = {
  unknown: /^This code was not issued by this server/,
  expired: /^This code has expired\./,
  other: /^This code was issued for another tool or other arguments\./,
  used: /^This code has been used already\./,
  changed: /^The target has changed since this code was issued: /,
  rules: /^The operator's rules have changed since this code was issued\./,
};

export type Refusal = keyof typeof REFUSALS;

/** Returns the reason that a sentence of the gate states; throws for any other sentence. */
export function refusalIn(told: string): Refusal {
  const why = Object.entries(REFUSALS).find(([, sentence]) => sentence.test(told))?.[0];
  if (why === undefined) throw new Error(`this is no reason of the gate: ${told}`);
  return why as Refusal;
}
