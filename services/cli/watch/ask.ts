import { request } from 'node:http';
import { z } from 'zod';
import type { Told } from '../status/observe.ts';

/** Longer than a busy machine needs, shorter than a person waits: ms. */
const PATIENCE_MS = 2_000;
/** A timer so late says that it was we who stood still. */
const LATE_MS = 1_500;

class OwnLateness extends Error {}

export interface Question<T> {
  host: string;
  port: number;
  path: string;
  headers?: Record<string, string>;
  schema: z.ZodType<T>;
}

/**
 * Asks a part at its own address, with no process for it. What it says counts whatever its status. Never rejects.
 * @returns undefined when it was this process that stood still, and nothing follows
 */
export async function askDirectly<T>({ schema, ...question }: Question<T>): Promise<Told<T> | undefined> {
  let text: string;
  try {
    text = await get(question);
  } catch (error) {
    if (error instanceof OwnLateness) return undefined;
    return { fault: `it does not answer: ${wordsOf(error as NodeJS.ErrnoException)}` };
  }
  try {
    return { answer: schema.parse(JSON.parse(text)) };
  } catch (error) {
    const sentence = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
    return { fault: `it answers what cannot be read: ${sentence.split('\n')[0]}` };
  }
}

function get({ host, port, path, headers }: Omit<Question<unknown>, 'schema'>): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request({ host, port, path, agent: false, ...(headers && { headers }) }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    });
    const began = performance.now();
    const timer = setTimeout(() => {
      const late = performance.now() - began > PATIENCE_MS + LATE_MS;
      asked.destroy(late ? new OwnLateness() : new Error(`nothing for ${PATIENCE_MS / 1000} s`));
    }, PATIENCE_MS);
    asked.on('error', reject);
    asked.on('close', () => clearTimeout(timer));
    asked.end();
  });
}

const WORDS: Record<string, string> = {
  ECONNREFUSED: 'nobody listens',
  EHOSTUNREACH: 'its address leads nowhere',
  ENETUNREACH: 'its network cannot be reached from here',
  ECONNRESET: 'it hung up',
};

function wordsOf({ code, message }: NodeJS.ErrnoException): string {
  return (code && WORDS[code]) || message;
}
