/** As the API says it. */
import type { ActivationRow } from './repository.ts';
import type { GenerationInfo } from './service.ts';

export function generationJson({ createdAt, ...info }: GenerationInfo) {
  return { ...info, createdAt: createdAt.toISOString() };
}

export function activationJson({ askedAt, flippedAt, endedAt, ...activation }: ActivationRow) {
  return {
    ...activation,
    askedAt: askedAt.toISOString(),
    flippedAt: flippedAt?.toISOString() ?? null,
    endedAt: endedAt?.toISOString() ?? null,
  };
}
